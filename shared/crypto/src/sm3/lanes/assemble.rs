//! How words of messages come to their places, on the registers that read them next: what narrower ones had written would have to wait
//! for its way through the cache.

use pulp::{Simd, WithSimd};

use super::{LANES, Words};

/// Makes words zero.
pub(super) struct Clear<'a>(pub(super) &'a mut [Words]);

impl WithSimd for Clear<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for words in self.0 {
            S::as_mut_simd_u32s(&mut words.0).0.fill(simd.splat_u32s(0));
        }
    }
}

/// Adds bits to words, the same to those of all messages.
pub(super) struct Add<'a> {
    pub(super) bits: &'a [u32],
    pub(super) to: &'a mut [Words],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (bits, to) in self.bits.iter().zip(self.to) {
            for words in S::as_mut_simd_u32s(&mut to.0).0 {
                *words = simd.or_u32s(*words, simd.splat_u32s(*bits));
            }
        }
    }
}

/// Adds words, so many bits after the beginning of the first place.
pub(super) struct Append<'a> {
    pub(super) words: &'a [Words],
    pub(super) shift: u32,
    pub(super) to: &'a mut [Words],
}

impl WithSimd for Append<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [right, left] = [self.shift, (32 - self.shift) % 32].map(|bits| simd.splat_u32s(bits));
        for part in 0..LANES / S::U32_LANES {
            let mut before = simd.splat_u32s(0);
            for (words, to) in self.words.iter().zip(&mut *self.to) {
                let word = S::as_simd_u32s(&words.0).0[part];
                let to = &mut S::as_mut_simd_u32s(&mut to.0).0[part];
                *to = simd.or_u32s(*to, simd.or_u32s(before, simd.wrapping_dyn_shr_u32s(word, right)));
                if self.shift > 0 {
                    before = simd.wrapping_dyn_shl_u32s(word, left);
                }
            }
            if self.shift > 0
                && let Some(last) = self.to.get_mut(self.words.len())
            {
                let to = &mut S::as_mut_simd_u32s(&mut last.0).0[part];
                *to = simd.or_u32s(*to, before);
            }
        }
    }
}

/// The hexadecimal digits of words: eight for each, in two words.
pub(super) struct Hex<'a> {
    pub(super) words: &'a [Words; 8],
    pub(super) to: &'a mut [Words; 16],
}

impl WithSimd for Hex<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (words, to) in self.words.iter().zip(self.to.as_chunks_mut::<2>().0) {
            for part in 0..LANES / S::U32_LANES {
                let word = S::as_simd_u32s(&words.0).0[part];
                let first = simd.wrapping_dyn_shr_u32s(word, simd.splat_u32s(16));
                let second = simd.and_u32s(word, simd.splat_u32s(0xffff));
                S::as_mut_simd_u32s(&mut to[0].0).0[part] = digits(simd, first);
                S::as_mut_simd_u32s(&mut to[1].0).0[part] = digits(simd, second);
            }
        }
    }
}

/// The four digits of sixteen bits.
#[inline(always)]
fn digits<S: Simd>(simd: S, bits: S::u32s) -> S::u32s {
    let bytes = simd.and_u32s(simd.or_u32s(bits, left::<8, S>(simd, bits)), simd.splat_u32s(0x00ff_00ff));
    let digits = simd.and_u32s(simd.or_u32s(bytes, left::<4, S>(simd, bytes)), simd.splat_u32s(0x0f0f_0f0f));
    // A one in each byte that is a letter: letters stand 39 places after the digits that would go on.
    let above = simd.add_u32s(digits, simd.splat_u32s(0x0606_0606));
    let letters =
        simd.and_u32s(simd.wrapping_dyn_shr_u32s(above, simd.splat_u32s(4)), simd.splat_u32s(0x0101_0101));
    let [high, low] = [
        simd.add_u32s(left::<5, S>(simd, letters), left::<2, S>(simd, letters)),
        simd.add_u32s(left::<1, S>(simd, letters), letters),
    ];
    let ascii = simd.add_u32s(digits, simd.splat_u32s(0x3030_3030));
    simd.add_u32s(ascii, simd.add_u32s(high, low))
}

#[inline(always)]
fn left<const BITS: u32, S: Simd>(simd: S, word: S::u32s) -> S::u32s {
    simd.wrapping_dyn_shl_u32s(word, simd.splat_u32s(BITS))
}
