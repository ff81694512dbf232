//! How much has to be changed to make one text of another (Damerau-Levenshtein, adjacent letters may change places once).

/// Cost of making `to` of `from`. `insert` is the cost of one more or one less element, `replace` that of one for another.
/// Two neighbours that changed places cost as much as the dearer of them.
pub(super) fn distance<T: Copy + PartialEq>(
    from: &[T],
    to: &[T],
    insert: impl Fn(T) -> f32,
    replace: impl Fn(T, T) -> f32,
) -> f32 {
    let mut before_last: Vec<f32> = Vec::new();
    let mut last: Vec<f32> = std::iter::once(0.0)
        .chain(to.iter().scan(0.0, |sum, one| {
            *sum += insert(*one);
            Some(*sum)
        }))
        .collect();
    for (row, &one) in from.iter().enumerate() {
        let mut current = Vec::with_capacity(to.len() + 1);
        current.push(last[0] + insert(one));
        for (column, &other) in to.iter().enumerate() {
            let changed = last[column] + if one == other { 0.0 } else { replace(one, other) };
            let mut cost = changed.min(last[column + 1] + insert(one)).min(current[column] + insert(other));
            if row > 0 && column > 0 && one == to[column - 1] && from[row - 1] == other && one != other {
                cost = cost.min(before_last[column - 1] + insert(one).max(insert(other)));
            }
            current.push(cost);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

/// How alike two words of ASCII are, from 0 to 1: 1 less the share of letters that differ.
pub(super) fn word_similarity(one: &str, other: &str) -> f32 {
    let longest = one.len().max(other.len());
    if longest == 0 {
        return 1.0;
    }
    1.0 - distance(one.as_bytes(), other.as_bytes(), |_| 1.0, |_, _| 1.0) / longest as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(one: &str, other: &str) -> f32 {
        distance(one.as_bytes(), other.as_bytes(), |_| 1.0, |_, _| 1.0)
    }

    #[test]
    fn each_change_costs_one_and_neighbours_change_places_for_one() {
        for (one, other, cost) in [
            ("", "", 0.0),
            ("abc", "abc", 0.0),
            ("abc", "ab", 1.0),
            ("abc", "axc", 1.0),
            ("abc", "acb", 1.0),
            ("", "abc", 3.0),
            ("kitten", "sitting", 3.0),
        ] {
            assert_eq!(plain(one, other), cost, "{one} {other}");
            assert_eq!(plain(other, one), cost, "{other} {one}");
        }
    }

    #[test]
    fn words_are_as_alike_as_their_letters() {
        assert_eq!(word_similarity("scholz", "scholz"), 1.0);
        assert!((word_similarity("sergei", "sergey") - 5.0 / 6.0).abs() < 1e-6);
        assert_eq!(word_similarity("abc", "xyz"), 0.0);
    }
}
