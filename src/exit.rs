//! The exit codes: scripts rely on them, and nothing else in the tree spells a number.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Done; nothing is wrong.
    Done,
    /// Failed: nothing of the job was done.
    Failed,
    /// Wrong usage.
    Usage,
    /// A configuration or state file cannot be used.
    Config,
    /// Nothing to do: no register found, nothing known, nothing to send.
    Nothing,
    /// Partly done: some registers, servers or files failed.
    Partial,
    /// Another getad holds the lock.
    Busy,
    /// An FN was replaced; a restart is pending.
    Replaced,
}

impl Exit {
    /// Every code, in the order of the numbers.
    pub const ALL: [Self; 8] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::Config,
        Self::Nothing,
        Self::Partial,
        Self::Busy,
        Self::Replaced,
    ];

    /// The number that the caller sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Nothing => 4,
            Self::Partial => 5,
            Self::Busy => 6,
            Self::Replaced => 10,
        }
    }

    /// The worst-of rule for steps that do jobs of their own. What must be repaired first stands
    /// above all; a step that failed is a part as soon as another one did its job; that there was
    /// nothing to do counts only if it was so everywhere.
    #[must_use]
    pub fn of_steps(steps: &[Self]) -> Self {
        let any = |exit: Self| steps.contains(&exit);
        let first = [Self::Config, Self::Busy, Self::Usage].into_iter().find(|&exit| any(exit));
        let did_something = any(Self::Done) || any(Self::Partial) || any(Self::Replaced);
        match first {
            Some(exit) => exit,
            None if any(Self::Partial) || any(Self::Failed) && did_something => Self::Partial,
            None if any(Self::Failed) => Self::Failed,
            None if any(Self::Replaced) => Self::Replaced,
            None if any(Self::Done) => Self::Done,
            None => Self::Nothing,
        }
    }

    /// The worst-of rule for a job of several parts: what succeeded and what failed decide.
    #[must_use]
    pub fn of_parts(succeeded: usize, failed: usize) -> Self {
        match (succeeded, failed) {
            (0, 0) => Self::Nothing,
            (_, 0) => Self::Done,
            (0, _) => Self::Failed,
            _ => Self::Partial,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_decide() {
        use Exit::{Busy, Config, Done, Failed, Nothing, Partial};
        for (steps, expected) in [
            (&[Done, Nothing, Done][..], Done),
            (&[Nothing, Nothing], Nothing),
            (&[], Nothing),
            (&[Failed, Nothing], Failed),
            (&[Failed, Done], Partial),
            (&[Done, Partial], Partial),
            (&[Partial, Nothing], Partial),
            (&[Failed, Config, Done], Config),
            (&[Busy, Partial], Busy),
        ] {
            assert_eq!(Exit::of_steps(steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn parts_decide() {
        assert_eq!(Exit::of_parts(0, 0), Exit::Nothing);
        assert_eq!(Exit::of_parts(2, 0), Exit::Done);
        assert_eq!(Exit::of_parts(0, 1), Exit::Failed);
        assert_eq!(Exit::of_parts(1, 1), Exit::Partial);
    }
}
