//! Points by value, and the direction that they must keep.

use super::{
    Measure, Number, Points,
    check::number,
    raw::{RawBand, RawNumber},
};
use crate::domain::hundredths::Hundredths;

pub(super) fn points(bands: Vec<RawBand>, each: Option<RawNumber>) -> Result<Points, String> {
    match (bands.is_empty(), each) {
        (true, None) => Ok(Points::None),
        (true, Some(each)) => Ok(Points::Each(number(each))),
        (false, Some(_)) => Err("`bands` and `points_each` exclude each other".to_owned()),
        (false, None) => {
            let bands: Vec<_> =
                bands.into_iter().map(|band| (number(band.from), number(band.points))).collect();
            let falls = |pair: &[(Number, Number)]| match (&pair[0].0, &pair[1].0) {
                (Number::Fixed(lower), Number::Fixed(higher)) => lower >= higher,
                _ => false,
            };
            if bands.windows(2).any(falls) {
                return Err("`bands` must begin at rising values".to_owned());
            }
            Ok(Points::Bands(bands))
        }
    }
}

/// Whether `given`, the points of the bands in their order, keep the direction of `measure`: where more of the evidence is worse (its
/// number, sum, share or being there) they never fall, unless all of them are merits, which never rise. Days, and the largest or latest
/// value of a field, may be better in the middle.
pub(super) fn direction(measure: &Measure, given: &[Hundredths]) -> Result<(), String> {
    let rises = given.is_sorted();
    let falls = given.is_sorted_by(|earlier, later| earlier >= later);
    let more_is_worse =
        matches!(measure, Measure::Count | Measure::Exists | Measure::Sum(_) | Measure::Share(_));
    let merits = given.iter().all(|points| *points <= Hundredths::ZERO);
    match (more_is_worse, merits) {
        (true, false) if !rises => {
            Err("the points fall where the value rises: who has more of it would stand better; expected points that rise".to_owned())
        }
        (true, true) if !falls => {
            Err("the merits shrink where the value rises; expected points that fall further below zero".to_owned())
        }
        _ => Ok(()),
    }
}
