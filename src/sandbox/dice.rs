//! Everything that looks random: a function of the seed, of what it is for, and of how many came
//! before. The order in which requests arrive does not enter, so that the same seed and the same
//! clock give the same keys and the same faults.

/// Lower-case letters and digits, as the vendor's sample key has them.
const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A stream of numbers (`SplitMix64`).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The `count`th stream for one purpose under one seed.
    pub(super) fn new(seed: u64, purpose: &str, count: u64) -> Self {
        // FNV-1a: every byte of the purpose moves the start.
        let start = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut dice = Self(start);
        dice.0 = dice.next().wrapping_add(count.wrapping_mul(0x2545_f491_4f6c_dd1d));
        dice
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, 1.
    pub(super) fn unit(&mut self) -> f64 {
        let whole = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(whole) / (f64::from(u32::MAX) + 1.0)
    }

    /// A text of lower-case letters and digits.
    pub(super) fn text(&mut self, length: usize) -> String {
        let letter = |dice: &mut Self| {
            let at = usize::try_from(dice.next() % 36).unwrap_or(0);
            ALPHABET.get(at).copied().map_or('a', char::from)
        };
        (0..length).map(|_| letter(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let text = |seed, purpose, count| Dice::new(seed, purpose, count).text(55);
        assert_eq!(text(1, "key MAIN", 0), text(1, "key MAIN", 0));
        for other in [text(2, "key MAIN", 0), text(1, "key OTHER", 0), text(1, "key MAIN", 1)] {
            assert_ne!(text(1, "key MAIN", 0), other);
        }
    }

    #[test]
    fn a_share_comes_out_as_asked() {
        let under = (0..1000).filter(|&n| Dice::new(7, "fault", n).unit() < 0.3).count();
        assert!((250..350).contains(&under), "{under}");
    }
}
