//! The twelve tactics, techniques and procedures (TTPs) that Measure 14.1 refers to.

/// A manipulative practice, by its number in the list of the Code's task force.
#[derive(Clone, Copy, Debug)]
pub struct Practice {
    /// Its number, from 1.
    pub number: u8,
    /// What it is, in our words.
    pub topic: &'static str,
    /// Whether the topic was compared with a published report.
    pub is_verified: bool,
}

const fn verified(number: u8, topic: &'static str) -> Practice {
    Practice { number, topic, is_verified: true }
}

const fn recalled(number: u8, topic: &'static str) -> Practice {
    Practice { number, topic, is_verified: false }
}

/// All practices, in the order of the list.
pub static PRACTICES: &[Practice] = &[
    verified(1, "inauthentic accounts and botnets"),
    verified(2, "inauthentic reactions"),
    verified(3, "inauthentic followers"),
    recalled(4, "inauthentic pages, groups and domains"),
    recalled(5, "hijacked accounts and impersonation"),
    verified(6, "targeting of vulnerable people"),
    verified(7, "manipulated media"),
    recalled(8, "hack-and-leak operations"),
    recalled(9, "coordinated making or spreading of content"),
    recalled(10, "deception of algorithms"),
    recalled(11, "paid messages that do not say so"),
    recalled(12, "coordinated reporting of content that violates nothing"),
];
