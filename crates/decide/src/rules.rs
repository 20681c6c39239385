//! Declared rules, checked: condition, policy, effects, stage, breaker, cost.

use toml::{Spanned, Value};
use types::Effect;

use crate::check::{self, Names};
use crate::compile::Graph;
use crate::diagnostic::suggestion;
use crate::policy_set::{In, Places, Reader};
use crate::program::Draft;
use crate::stage::{Breaker, Stage};
use crate::{declared, effects};

/// The highest cost of a rule in comparisons; far above anything sensible.
const COST_MAX: u32 = 1000;

impl Reader {
    pub(crate) fn check_rules(&mut self, names: &Names) -> Vec<Option<Draft>> {
        let rules = std::mem::take(&mut self.rules);
        let drafts = rules.iter().map(|rule| self.check_rule(names, rule)).collect();
        self.rules = rules;
        drafts
    }

    fn check_rule(
        &mut self,
        names: &Names,
        In { file, item: (rule, places) }: &In<(declared::Rule, Places)>,
    ) -> Option<Draft> {
        let text = rule.when.get_ref();
        let condition = check::condition(names, file, (text, &places.when), &mut self.out);
        let policy = self.policy_of(file, rule);
        if rule.then.is_empty() {
            let message = format!("`{}` asks for nothing", rule.id.get_ref());
            self.error("E011", file, rule.id.span(), message).hint =
                Some("add an effect to `then`, for example \"review\"".to_owned());
        }
        let then: Vec<Option<Effect>> =
            rule.then.iter().map(|value| self.effect(file, value)).collect();
        let if_unknown = self.if_unknown(file, rule);
        let stage = self.stage(file, rule);
        let breaker = match &rule.breaker {
            Some(breaker) => self.check_breaker(file, breaker.get_ref()),
            None => self.breaker,
        };
        let condition = condition?;
        let mut alone = Graph::default();
        alone.add(&condition);
        if alone.total_cost > COST_MAX {
            let message = format!("the condition costs {}, more than {COST_MAX}", alone.total_cost);
            self.error("E014", file, rule.when.span(), message).hint =
                Some("split the rule".to_owned());
        }
        Some(Draft {
            id: rule.id.get_ref().clone(),
            policy: policy?,
            then: then.into_iter().collect::<Option<_>>()?,
            if_unknown: if_unknown?,
            stage: stage?,
            breaker,
            text: text.clone(),
            condition,
            file: file.clone(),
        })
    }

    fn policy_of(&mut self, file: &str, rule: &declared::Rule) -> Option<usize> {
        let wanted = rule.policy.get_ref();
        let found = self.policies.iter().position(|policy| policy.id == *wanted);
        if found.is_none() {
            let near = suggestion(wanted, self.policies.iter().map(|policy| policy.id.as_str()));
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no policy `{wanted}`");
            self.error("E010", file, rule.policy.span(), message).hint = hint;
        }
        found
    }

    fn effect(&mut self, file: &str, value: &Spanned<Value>) -> Option<Effect> {
        match effects::effect(value.get_ref()) {
            Ok(effect) => Some(effect),
            Err(wrong) => {
                self.error("E011", file, value.span(), wrong.message).hint = Some(wrong.hint);
                None
            }
        }
    }

    fn if_unknown(&mut self, file: &str, rule: &declared::Rule) -> Option<Vec<Effect>> {
        match &rule.else_if_unknown {
            None => Some(vec![Effect::Review]),
            Some(value) if value.get_ref().as_str() == Some("ignore") => Some(vec![]),
            Some(value) => Some(vec![self.effect(file, value)?]),
        }
    }

    fn stage(&mut self, file: &str, rule: &declared::Rule) -> Option<Stage> {
        let Some(name) = &rule.stage else { return Some(Stage::Live) };
        let stage = Stage::from_name(name.get_ref());
        if stage.is_none() {
            let message = format!("there is no stage `{}`", name.get_ref());
            self.error("E013", file, name.span(), message).hint =
                Some("the stages are draft, shadow, 1%, 10%, 50% and live".to_owned());
        }
        stage
    }

    pub(crate) fn check_breaker(&mut self, file: &str, declared: &declared::Breaker) -> Breaker {
        let actions = declared.actions_per_minute.as_ref();
        let share = declared.share_percent.as_ref();
        let found = Breaker {
            actions_per_minute: actions.and_then(|n| u32::try_from(*n.get_ref()).ok()),
            share_percent: share.and_then(|n| u8::try_from(*n.get_ref()).ok()),
        };
        if let Some(actions) = actions.filter(|_| found.actions_per_minute.is_none_or(|n| n == 0)) {
            let message = "`actions_per_minute` is a positive number".to_owned();
            self.error("E013", file, actions.span(), message);
        }
        let is_share = |n: u8| (1..=100).contains(&n);
        if let Some(share) = share.filter(|_| !found.share_percent.is_some_and(is_share)) {
            let message = "`share_percent` lies between 1 and 100".to_owned();
            self.error("E013", file, share.span(), message);
        }
        found
    }
}
