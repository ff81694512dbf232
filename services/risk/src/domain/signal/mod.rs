//! From complaints to signals: which enterprise is complained of more than its peers, about what, and how sure that is (R7).
//!
//! What is counted ([`count`]). An event is one matter of one caller: a ticket and those joined to it. Its weight is that of how its
//! handling ended: found true more, found untrue less, by parameters. Events without weight do not count. What has been judged
//! already is not counted again: after a signal was dismissed or a flag ended, only later events count, over the shorter time.
//!
//! With whom it is compared ([`baseline`]). Peers are the enterprises of the same field, category (sub-kinds of the licences) and
//! division, over the same days, so that what comes to the whole city with the season raises nobody. Each enterprise is left out
//! of its own baseline. Exposure is 1, times a bounded power of size over the field's median size where the register tells one.
//! The rate of a small group is drawn towards that of the field (gamma-Poisson), and how unsure it stays widens the test.
//!
//! The test ([`tail`]). For an enterprise, a topic and a window of 90 and of 365 days: were its true rate one of its peers', how
//! likely is a weighted count as high as this one or higher? Events are Poisson given the rate; rates among peers follow a gamma
//! distribution whose spread is estimated from the others (each deviation cut, so that a burst does not hide others), and never
//! below a parameter; weights are drawn as those of the field. The count is then
//! compound negative binomial, and its upper tail is computed exactly by Panjer's recursion. Both windows together: twice the
//! smaller of the two (Bonferroni). Below a least number of events the answer is always 1.
//!
//! Many tests at once ([`fdr`]). All enterprises times all topics of a field on which nothing is open are one family; Benjamini and
//! Hochberg's procedure keeps the expected share of false ones among those that a scan raises at or below the parameter `attention.fdr`.
//! Signals and flags that are open are left out: the more of a family is surely true, the less sure the others need to be.
//!
//! What is assumed: the events of different matters are independent given the rate; dependence between tests is positive (the topic
//! of all topics holds the others), under which the procedure is valid; two gammas (spread among peers, and doubt about the
//! group's rate) are put together by their mean and variance. The counts are whole numbers, so the true error lies below the level.
//!
//! Nothing here decides about anybody: a signal is for a person to look at.

pub mod baseline;
pub mod count;
pub mod evidence;
pub mod fdr;
pub mod scan;
pub mod settings;
pub mod tail;

pub use count::{Complaint, Finding, Producer};
pub use evidence::Evidence;
pub use scan::{Scanned, scan};
pub use settings::Settings;
