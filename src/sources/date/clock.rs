//! The time of day in a date.

use super::token::DateToken;

/// A time of day as written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) second: i8,
    pub(super) nanosecond: i32,
}

/// The tokens from the hour of a time on.
pub(super) struct ClockText<'a>(pub(super) &'a [DateToken]);

impl ClockText<'_> {
    /// The number at an offset, if it has one or two digits and is not more.
    pub(super) fn part(&self, offset: usize, most: u64) -> Option<i8> {
        let (value, digits) = self.0.get(offset)?.number()?;
        let value = i8::try_from(value).ok();
        value.filter(|value| u64::try_from(*value).is_ok_and(|value| value <= most) && digits <= 2)
    }

    pub(super) fn word(&self, offset: usize) -> Option<&str> {
        self.0.get(offset).and_then(DateToken::word)
    }

    fn is_word(&self, offset: usize, all: &[&str]) -> bool {
        self.word(offset).is_some_and(|word| all.contains(&word))
    }

    fn is_mark(&self, offset: usize, mark: char) -> bool {
        let token = self.0.get(offset);
        token.is_some_and(|token| token.is_mark(mark))
    }

    /// A time in one number: `044526`.
    pub(super) fn packed(&self) -> Option<Clock> {
        let (value, digits @ (4 | 6)) = self.0.first()?.number()? else {
            return None;
        };
        let value = if digits == 4 { value * 100 } else { value };
        let two = |value: u64| i8::try_from(value % 100).ok();
        Some(Clock {
            hour: two(value / 10_000)?,
            minute: two(value / 100)?,
            second: two(value)?,
            nanosecond: 0,
        })
    }

    pub(super) fn has_minutes(&self) -> bool {
        self.is_mark(1, ':') || self.is_word(1, &["h", "時", "시", "点"])
    }

    /// A time whose parts are separated, and how many tokens it has.
    pub(super) fn with_minutes(&self) -> Option<(usize, Clock)> {
        let mut clock = Clock {
            hour: self.part(0, 24)?,
            ..Clock::default()
        };
        let Some(minute) = self.part(2, 59) else {
            return self.is_word(1, &["時", "시", "点"]).then_some((2, clock));
        };
        clock.minute = minute;
        let mut length = 3;
        if self.is_mark(3, ':') || self.is_word(3, &["分", "분"]) {
            match self.part(4, 60) {
                Some(second) => clock.second = second,
                None if self.is_mark(3, ':') => return None,
                None => return Some((4, clock)),
            }
            length = 5 + usize::from(self.is_word(5, &["秒", "초"]));
        }
        let is_fraction = [',', '.', ':']
            .iter()
            .any(|mark| self.is_mark(length, *mark));
        if is_fraction
            && let Some(DateToken::Number { value, digits, gap }) = self.0.get(length + 1)
            && !gap
            && *digits <= 9
        {
            let scale = 10_u64.pow(9 - u32::try_from(*digits).ok()?);
            clock.nanosecond = i32::try_from(value * scale).ok()?;
            length += 2;
        }
        Some((length, clock))
    }
}
