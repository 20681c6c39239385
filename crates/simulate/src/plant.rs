//! Planted content: texts that break rules, openly, in disguise or in other words.

use rand::{Rng, RngExt as _};

/// Planted content, by the policy that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    /// False claims on how, when and where to vote.
    Voting,
    /// False claims that the count was rigged.
    Fraud,
    /// Followers and likes for sale.
    Spam,
    /// Posts of the coordinated network.
    Network,
    /// Synthetic media that was not declared.
    Synthetic,
    /// A dangerous challenge.
    Challenge,
}

impl Plant {
    pub(crate) const ALL: &[Self] =
        &[Self::Voting, Self::Fraud, Self::Spam, Self::Network, Self::Synthetic, Self::Challenge];

    /// The policy that it breaks.
    pub(crate) const fn policy(self) -> &'static str {
        match self {
            Self::Voting => "civic.voting",
            Self::Fraud => "civic.claims",
            Self::Spam => "spam.content",
            Self::Network => "influence.covert",
            Self::Synthetic => "synthetic.disclosure",
            Self::Challenge => "challenges.dangerous",
        }
    }
}

/// False claims about voting, by country.
pub(crate) const VOTING: &[(&str, &[&str])] = &[
    (
        "FR",
        &[
            "votez par SMS",
            "le vote est reporté à lundi",
            "les bureaux ferment à midi",
            "votez en ligne par code",
            "tous les bureaux sont fermés",
        ],
    ),
    (
        "RO",
        &[
            "votul prin SMS",
            "votul s-a mutat pe luni",
            "nu se mai votează duminică",
            "secțiile de vot sunt închise",
            "votează prin telefon",
        ],
    ),
];

/// The same claims in words that are in no list.
const VOTING_PARAPHRASED: &[(&str, &[&str])] = &[
    (
        "FR",
        &[
            "envoyez votre choix par message, cela suffit",
            "inutile d'y aller dimanche, c'est décalé",
        ],
    ),
    ("RO", &["trimite alegerea ta pe mesaj și gata", "duminică nu mai e nimic, s-a amânat"]),
];

pub(crate) const FRAUD: &[(&str, &[&str])] = &[
    (
        "FR",
        &[
            "les urnes ont été échangées",
            "bourrage des urnes partout",
            "des bulletins ont été brûlés",
        ],
    ),
    ("RO", &["urnele au fost schimbate", "au votat și morții", "numărătoarea a fost oprită"]),
];

const FRAUD_PARAPHRASED: &[(&str, &[&str])] = &[
    ("FR", &["tout était décidé avant, les urnes n'étaient pas les mêmes"]),
    ("RO", &["totul era hotărât dinainte, nu erau aceleași urne"]),
];

pub(crate) const SALE: &[&str] = &[
    "buy followers today",
    "cheap likes delivered fast",
    "boost your views overnight",
    "cumpără urmăritori ieftin",
    "acheter des abonnés pas cher",
];

const SALE_PARAPHRASED: &[&str] = &["grow your page while you sleep, ask me how"];

/// The site that the network's posts link to, by country.
pub(crate) const NETWORK_SITES: &[(&str, &str)] =
    &[("FR", "https://le-meridien-libre.example"), ("RO", "https://vocea-adevarata.example")];

/// The texts that the network repeats.
pub(crate) const NETWORK_LINES: &[(&str, &[&str])] = &[
    ("FR", &["ce que les grands médias vous cachent", "lisez avant que ce soit effacé"]),
    ("RO", &["ce nu vă spun televiziunile mari", "citiți înainte să fie șters"]),
];

pub(crate) const CHALLENGE_TAGS: &[&str] =
    &["GlassWalkDare", "rooftopwobble", "trackdash", "breathlessten"];

/// A spelling of the tag that the list does not know.
pub(crate) const CHALLENGE_TAGS_VARIED: &[&str] = &["glasswalkdare2", "roofwobble"];

/// Honest posts that quote a false claim to refute it.
pub(crate) const REFUTATIONS: &[(&str, &str, &str)] = &[
    ("FR", "Non, ", ": c'est faux, voici les vraies règles"),
    ("RO", "Nu, ", ": este fals, iată regulile adevărate"),
];

/// The entry for `country`, or that of the first country.
pub(crate) fn of<'a, T: ?Sized>(table: &[(&str, &'a T)], country: &str) -> Option<&'a T> {
    table.iter().find(|(known, _)| *known == country).or(table.first()).map(|(_, texts)| *texts)
}

/// One of `texts`.
pub(crate) fn pick<'a>(rng: &mut impl Rng, texts: &[&'a str]) -> &'a str {
    if texts.is_empty() { "" } else { texts[rng.random_range(0..texts.len())] }
}

/// A planted text: three quarters undisguised, some in disguise, some in other words.
pub(crate) fn text(rng: &mut impl Rng, plant: Plant, country: &str) -> String {
    let (open, paraphrased) = match plant {
        Plant::Voting => (of(VOTING, country), of(VOTING_PARAPHRASED, country)),
        Plant::Fraud => (of(FRAUD, country), of(FRAUD_PARAPHRASED, country)),
        Plant::Spam => (Some(SALE), Some(SALE_PARAPHRASED)),
        Plant::Network => (of(NETWORK_LINES, country), None),
        Plant::Synthetic | Plant::Challenge => (None, None),
    };
    let chance: f64 = rng.random();
    match (open, paraphrased) {
        (_, Some(texts)) if chance < 0.1 => pick(rng, texts).to_owned(),
        (Some(texts), _) if chance < 0.25 && plant != Plant::Network => {
            let open = pick(rng, texts);
            disguise(rng, open)
        }
        // Claims of a rigged count come in twos.
        (Some(texts), _) if plant == Plant::Fraud && chance < 0.8 => {
            format!("{}, {}", pick(rng, texts), pick(rng, texts))
        }
        (Some(texts), _) => pick(rng, texts).to_owned(),
        (None, _) => String::new(),
    }
}

/// `text` with one word in disguise.
fn disguise(rng: &mut impl Rng, text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let long: Vec<usize> = (0..words.len()).filter(|at| words[*at].chars().count() >= 4).collect();
    if long.is_empty() {
        return text.to_owned();
    }
    let at = long[rng.random_range(0..long.len())];
    let word = words[at].clone();
    words[at] = match rng.random_range(0..4_u8) {
        0 => word.replace('o', "0").replace('e', "3").replace('i', "1"),
        1 => word.chars().map(String::from).collect::<Vec<_>>().join("."),
        2 => {
            let middle = word.char_indices().nth(2).map_or(0, |(at, _)| at);
            format!("{}\u{200b}{}", &word[..middle], &word[middle..])
        }
        _ => word.replace('a', "а").replace('e', "е"),
    };
    words.join(" ")
}
