//! Task 15.5: what was read is remembered.

use super::look::{dot, softmax};
use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, check, near_all};

/// Key and value of each step that was read, the oldest first.
pub type Cache = Vec<(Vec<f32>, Vec<f32>)>;

/// What the learner writes: (cache, context, query, key, value) to what the step sees.
type Answer = fn(&mut Cache, usize, &[f32], &[f32], &[f32]) -> Vec<f32>;

/// What a query sees in some keys and values.
fn seen(query: &[f32], cache: &[(Vec<f32>, Vec<f32>)], root: bool, width: usize) -> Vec<f32> {
    let by = if root { (query.len() as f32).sqrt() } else { 1.0 };
    let shares = softmax(&cache.iter().map(|(key, _)| dot(query, key) / by).collect::<Vec<_>>());
    (0..width)
        .map(|i| {
            shares
                .iter()
                .zip(cache)
                .map(|(share, (_, value))| share * value[i])
                .sum()
        })
        .collect()
}

/// Task 15.5: one more step of causal attention, with the keys and values of those before: (cache, context, query, key, value).
pub fn remember(answer: Answer) -> Verdict {
    let task = Task::of_course("15.5", "Remember what was read").hint(
        "The first step sees itself alone, so its result is its value. With a context of 2 the third step sees the second and itself. \
         Write down the cache after each call.",
    );
    let task = task.second_hint(
        "Push key and value first; then remove the oldest while there are more than `context`; then shares = softmax of the query with \
         all keys that are there, divided by the root, and the sum of the values.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(155);
        for n in 0..12 {
            let (d, width) = (cases.whole(1, 5), cases.whole(1, 4));
            let context = if n < 4 { 100 } else { cases.whole(1, 4) };
            let (mut cache, mut all) = (Cache::new(), Cache::new());
            for t in 0..8 {
                let (query, key) = (cases.numbers(d, -2.0, 2.0), cases.numbers(d, -2.0, 2.0));
                let value = cases.numbers(width, -3.0, 3.0);
                let case = format!("step {t} of a text, context {context}, keys of {d} numbers");
                let got = task.call(&case, || answer(&mut cache, context, &query, &key, &value))?;
                let old = all.clone();
                all.push((key, value));
                let from = all.len().saturating_sub(context);
                let is = |part: &[(Vec<f32>, Vec<f32>)], root| near_all(&got, &seen(&query, part, root, width), 1e-3);
                let newest_kept = &all[..context.min(all.len())];
                approx_all(&case, &got, &seen(&query, &all[from..], true, width), 1e-3)
                    .hint_if(
                        is(&all[from..], false),
                        "The scores are not divided by the root of the length of a key.",
                    )
                    .hint_if(
                        is(&old[from.min(old.len())..], true) || t == 0,
                        "A step sees itself, too: is its key in the cache when it looks?",
                    )
                    .hint_if(
                        from > 0 && (is(&all, true) || is(&all[from - 1..], true)),
                        "More is remembered than `context` steps: the oldest must go, and the new one counts.",
                    )
                    .hint_if(
                        from > 0 && is(newest_kept, true),
                        "The oldest are to be forgotten, not the newest.",
                    )
                    .hint_if(
                        is(&all[all.len() - 1..], true),
                        "It sees itself alone. Is anything left in the cache from the calls before?",
                    )?;
                let kept = all.len().min(context);
                check(
                    &format!("{case}: the cache"),
                    cache.len() == kept && cache == all[all.len() - kept..],
                    &format!("keys and values of the last {kept}"),
                    &format!("{} entries", cache.len()),
                )
                .hint_if(
                    cache.len() > kept,
                    "What can never be seen again needs no memory: the result is right, but the cache grows.",
                )
                .hint_if(
                    true,
                    "Result right, cache wrong: it holds key and value of each step as they came, the oldest first.",
                )?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    fn right(cache: &mut Cache, context: usize, query: &[f32], key: &[f32], value: &[f32]) -> Vec<f32> {
        cache.push((key.to_vec(), value.to_vec()));
        let over = cache.len().saturating_sub(context);
        cache.drain(..over);
        seen(query, cache, true, value.len())
    }

    /// Written another way: the sums grow with the walk.
    fn walk(cache: &mut Cache, context: usize, query: &[f32], key: &[f32], value: &[f32]) -> Vec<f32> {
        if cache.len() == context {
            cache.remove(0);
        }
        cache.push((key.to_vec(), value.to_vec()));
        let (mut top, mut total, mut sums) = (f32::MIN, 0.0, vec![0.0; value.len()]);
        for (key, value) in cache.iter() {
            let score = dot(query, key) / (key.len() as f32).sqrt();
            let (old, new) = ((top - score.max(top)).exp(), (score - score.max(top)).exp());
            (top, total) = (score.max(top), total * old + new);
            sums.iter_mut()
                .zip(value)
                .for_each(|(sum, v)| *sum = *sum * old + new * v);
        }
        sums.iter().map(|sum| sum / total).collect()
    }

    #[test]
    fn caches() {
        for answer in [right, walk] as [Answer; 2] {
            let verdict = remember(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        let with = |answer: Answer, words: &str| rejected(remember(answer), words);
        with(
            |c, n, q, k, v| {
                right(c, n, q, k, v);
                seen(q, c, false, v.len())
            },
            "not divided",
        );
        with(
            |c, n, q, k, v| {
                let y = seen(q, c, true, v.len());
                right(c, n, q, k, v);
                y
            },
            "when it looks",
        );
        with(|c, _, q, k, v| right(c, 1000, q, k, v), "the oldest must go");
        with(|c, n, q, k, v| right(c, n + 1, q, k, v), "the new one counts");
        with(
            |c, n, q, k, v| {
                c.push((k.to_vec(), v.to_vec()));
                c.truncate(n);
                seen(q, c, true, v.len())
            },
            "not the newest",
        );
        with(
            |c, n, q, k, v| {
                c.clear();
                right(c, n, q, k, v)
            },
            "calls before",
        );
        with(
            |c, n, q, k, v| {
                c.push((k.to_vec(), v.to_vec()));
                seen(q, &c[c.len().saturating_sub(n)..], true, v.len())
            },
            "the cache grows",
        );
        with(
            |c, n, q, k, v| {
                let y = right(c, n, q, k, v);
                c.reverse();
                y
            },
            "cache wrong",
        );
        with(|_, _, _, _, _| todo!(), "not written yet");
    }
}
