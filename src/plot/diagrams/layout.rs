//! Where the boxes of a diagram stand, and how the arrows run between them.
//!
//! In layers from left to right, after Sugiyama, Tagawa and Toda, *Methods for Visual Understanding of Hierarchical System
//! Structures* (1981): an arrow across several layers passes through an invisible box in each; the order in a layer
//! comes from the mean place of the neighbours, and so does the height.

/// Points of an arrow between two layers.
const STEPS: usize = 14;
/// How far apart two arrows between the same boxes run.
const TWINS: f64 = 15.0;
/// Passes over all layers, to and fro.
const SWEEPS: usize = 12;

/// Positions, from the upper left corner of everything.
#[derive(Debug)]
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    /// The middle of each box.
    pub centers: Vec<(f64, f64)>,
    /// The points of each arrow, from box to box.
    pub paths: Vec<Vec<(f64, f64)>>,
}

/// Boxes and the invisible ones between them.
struct Graph {
    sizes: Vec<(f64, f64)>,
    layer: Vec<usize>,
    /// Every piece of an arrow leads to the next layer.
    pieces: Vec<(usize, usize)>,
    /// The boxes through which each arrow passes, its ends included.
    ways: Vec<Vec<usize>>,
}

/// Places boxes of the given sizes; nothing if the arrows form a circle.
pub(super) fn layout(sizes: &[(f64, f64)], arrows: &[(usize, usize)], aisle: f64, gap: f64) -> Option<Layout> {
    let layer = layers(sizes.len(), arrows)?;
    let graph = Graph::new(sizes, arrows, layer);
    let mut columns = graph.columns();
    graph.sort(&mut columns);
    let y = graph.heights(&columns, gap);
    let top = (0..y.len())
        .map(|i| y[i] - graph.sizes[i].1 / 2.0)
        .fold(f64::INFINITY, f64::min);
    let y: Vec<f64> = y.iter().map(|y| y - top).collect();
    let height = (0..y.len()).map(|i| y[i] + graph.sizes[i].1 / 2.0).fold(0.0, f64::max);
    let widths: Vec<f64> = columns
        .iter()
        .map(|c| c.iter().map(|&i| graph.sizes[i].0).fold(0.0, f64::max))
        .collect();
    let start = |column: usize| widths[..column].iter().sum::<f64>() + aisle * column as f64;
    let x: Vec<f64> = graph.layer.iter().map(|&l| start(l) + widths[l] / 2.0).collect();
    let width = widths.iter().sum::<f64>() + aisle * (widths.len() - 1) as f64;
    let centers: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
    let path = |i: usize| {
        let mut path = graph.path(&graph.ways[i], &centers, &widths);
        path.iter_mut().for_each(|point| point.1 += TWINS * twin(arrows, i));
        path
    };
    let paths = (0..arrows.len()).map(path).collect();
    Some(Layout {
        width,
        height,
        centers: centers[..sizes.len()].to_vec(),
        paths,
    })
}

/// Where an arrow stands among those that join the same two boxes: 0 in their middle, 1 apart.
fn twin(arrows: &[(usize, usize)], i: usize) -> f64 {
    let same = |range: &[(usize, usize)]| range.iter().filter(|&&arrow| arrow == arrows[i]).count() as f64;
    same(&arrows[..i]) - (same(arrows) - 1.0) / 2.0
}

/// The layer of each box: one after the last box that leads to it. Boxes that nothing leads to stand right before the first
/// that they lead to.
fn layers(n: usize, arrows: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut layer = vec![0; n];
    // The longest way has n boxes: after as many rounds nothing moves any more, unless there is a circle.
    for round in 0..=n {
        let mut moved = false;
        for &(from, to) in arrows {
            if layer[to] <= layer[from] {
                (layer[to], moved) = (layer[from] + 1, true);
            }
        }
        if !moved {
            break;
        }
        if round == n {
            return None;
        }
    }
    for i in 0..n {
        let first = arrows
            .iter()
            .filter(|(from, _)| *from == i)
            .map(|&(_, to)| layer[to])
            .min();
        if let (Some(first), false) = (first, arrows.iter().any(|&(_, to)| to == i)) {
            layer[i] = first - 1;
        }
    }
    Some(layer)
}

impl Graph {
    fn new(sizes: &[(f64, f64)], arrows: &[(usize, usize)], layer: Vec<usize>) -> Self {
        let mut graph = Self {
            sizes: sizes.to_vec(),
            layer,
            pieces: Vec::new(),
            ways: Vec::new(),
        };
        for &(from, to) in arrows {
            let mut way = vec![from];
            for layer in graph.layer[from] + 1..graph.layer[to] {
                way.push(graph.sizes.len());
                graph.sizes.push((0.0, 2.0));
                graph.layer.push(layer);
            }
            way.push(to);
            graph.pieces.extend(way.windows(2).map(|pair| (pair[0], pair[1])));
            graph.ways.push(way);
        }
        graph
    }

    /// The boxes of each layer.
    fn columns(&self) -> Vec<Vec<usize>> {
        let most = self.layer.iter().copied().max().unwrap_or(0);
        (0..=most)
            .map(|l| (0..self.layer.len()).filter(|&i| self.layer[i] == l).collect())
            .collect()
    }

    /// Neighbours of a box on one side.
    fn neighbours(&self, i: usize, before: bool) -> impl Iterator<Item = usize> {
        let pieces = self
            .pieces
            .iter()
            .filter(move |(from, to)| i == if before { *to } else { *from });
        pieces.map(move |&(from, to)| if before { from } else { to })
    }

    fn mean(&self, i: usize, before: bool, of: &[f64]) -> Option<f64> {
        let (sum, n) = self
            .neighbours(i, before)
            .fold((0.0, 0.0), |(sum, n), j| (sum + of[j], n + 1.0));
        (n > 0.0).then(|| sum / n)
    }

    /// Orders every layer by the mean place of the neighbours, and keeps the order with the fewest crossings.
    fn sort(&self, columns: &mut Vec<Vec<usize>>) {
        let mut best = (self.crossings(columns), columns.clone());
        for sweep in 0..SWEEPS {
            let forth = sweep % 2 == 0;
            let count = columns.len();
            for step in 1..count {
                let column = if forth { step } else { count - 1 - step };
                let mut place = vec![0.0; self.layer.len()];
                for column in columns.iter() {
                    column.iter().enumerate().for_each(|(at, &i)| place[i] = at as f64);
                }
                let wish = |i: usize| self.mean(i, forth, &place).unwrap_or(place[i]);
                columns[column].sort_by(|&a, &b| wish(a).total_cmp(&wish(b)));
            }
            let crossings = self.crossings(columns);
            if crossings < best.0 {
                best = (crossings, columns.clone());
            }
        }
        *columns = best.1;
    }

    fn crossings(&self, columns: &[Vec<usize>]) -> usize {
        let mut place = vec![0; self.layer.len()];
        for column in columns {
            column.iter().enumerate().for_each(|(at, &i)| place[i] = at);
        }
        let pieces = &self.pieces;
        let crossed = |a: (usize, usize), b: (usize, usize)| {
            self.layer[a.0] == self.layer[b.0] && place[a.0] < place[b.0] && place[a.1] > place[b.1]
        };
        pieces
            .iter()
            .map(|&a| pieces.iter().filter(|&&b| crossed(a, b)).count())
            .sum()
    }

    /// The height of each box's middle: as near to its neighbours as the order and the gaps allow.
    fn heights(&self, columns: &[Vec<usize>], gap: f64) -> Vec<f64> {
        let mut y = vec![0.0; self.layer.len()];
        for column in columns {
            let mut at = 0.0;
            for &i in column {
                y[i] = at + self.sizes[i].1 / 2.0;
                at += self.sizes[i].1 + gap;
            }
            column.iter().for_each(|&i| y[i] -= (at - gap) / 2.0);
        }
        for sweep in 0..SWEEPS {
            for step in 0..columns.len() {
                let column = &columns[if sweep % 2 == 0 { step } else { columns.len() - 1 - step }];
                let wishes: Vec<f64> = column.iter().map(|&i| self.wish(i, &y)).collect();
                let placed = self.spread(column, &wishes, gap);
                column.iter().zip(placed).for_each(|(&i, new)| y[i] = new);
            }
        }
        y
    }

    /// The middle between what leads to a box and what it leads to.
    fn wish(&self, i: usize, y: &[f64]) -> f64 {
        match (self.mean(i, true, y), self.mean(i, false, y)) {
            (Some(a), Some(b)) => (a + b) / 2.0,
            (a, b) => a.or(b).unwrap_or(y[i]),
        }
    }

    /// Heights in the given order that keep the gaps: the mean of pushing down from the top and up from the bottom.
    fn spread(&self, column: &[usize], wishes: &[f64], gap: f64) -> Vec<f64> {
        let apart = |a: usize, b: usize| (self.sizes[column[a]].1 + self.sizes[column[b]].1) / 2.0 + gap;
        let (mut down, mut up) = (wishes.to_vec(), wishes.to_vec());
        for i in 1..column.len() {
            down[i] = down[i].max(down[i - 1] + apart(i - 1, i));
        }
        for i in (1..column.len()).rev() {
            up[i - 1] = up[i - 1].min(up[i] - apart(i - 1, i));
        }
        down.iter().zip(up).map(|(down, up)| (down + up) / 2.0).collect()
    }

    /// From the right side of the first box to the left side of the last, level at both ends.
    fn path(&self, way: &[usize], centers: &[(f64, f64)], widths: &[f64]) -> Vec<(f64, f64)> {
        let mut path = Vec::new();
        for (n, pair) in way.windows(2).enumerate() {
            let (from, to) = (pair[0], pair[1]);
            let half = |i: usize| widths[self.layer[i]] / 2.0;
            // An invisible box is crossed along the whole width of its column.
            let start = (
                centers[from].0 + if n == 0 { self.sizes[from].0 / 2.0 } else { half(from) },
                centers[from].1,
            );
            let last = n + 2 == way.len();
            let end = (
                centers[to].0 - if last { self.sizes[to].0 / 2.0 } else { half(to) },
                centers[to].1,
            );
            path.extend((0..=STEPS).map(|step| {
                let t = step as f64 / STEPS as f64;
                (
                    start.0 + (end.0 - start.0) * t,
                    start.1 + (end.1 - start.1) * t * t * (3.0 - 2.0 * t),
                )
            }));
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: usize, arrows: &[(usize, usize)]) -> Layout {
        layout(&vec![(40.0, 30.0); n], arrows, 20.0, 10.0).expect("no circle")
    }

    #[test]
    fn boxes_stand_after_those_that_lead_to_them_and_never_overlap() {
        let arrows = [(0, 2), (1, 2), (2, 4), (3, 4), (0, 5), (4, 5), (0, 6), (6, 5)];
        let layout = place(7, &arrows);
        for (from, to) in arrows {
            assert!(layout.centers[to].0 >= layout.centers[from].0 + 60.0, "{from} to {to}");
        }
        for (i, a) in layout.centers.iter().enumerate() {
            assert!(a.0 >= 20.0 && a.1 >= 15.0 && a.0 <= layout.width - 20.0 && a.1 <= layout.height - 15.0);
            for b in &layout.centers[..i] {
                assert!(
                    (a.0 - b.0).abs() >= 60.0 - 1e-9 || (a.1 - b.1).abs() >= 40.0 - 1e-9,
                    "{a:?} {b:?}"
                );
            }
        }
    }

    #[test]
    fn arrows_run_from_side_to_side_around_other_boxes() {
        let layout = place(3, &[(0, 1), (1, 2), (0, 2)]);
        let path = &layout.paths[2];
        let (first, last) = (path[0], path[path.len() - 1]);
        assert!((first.0 - layout.centers[0].0 - 20.0).abs() < 1e-9 && first.1 == layout.centers[0].1);
        assert!((last.0 - layout.centers[2].0 + 20.0).abs() < 1e-9 && last.1 == layout.centers[2].1);
        let (x, y) = layout.centers[1];
        let inside = path.iter().any(|p| (p.0 - x).abs() < 20.0 && (p.1 - y).abs() < 15.0);
        assert!(!inside, "{path:?}");
    }

    #[test]
    fn arrows_between_the_same_boxes_run_side_by_side() {
        let layout = place(2, &[(0, 1), (0, 1), (0, 1)]);
        let y = |i: usize, step: usize| layout.paths[i][step].1 - layout.centers[0].1;
        for step in [0, STEPS / 2, STEPS] {
            assert_eq!([0, 1, 2].map(|i| y(i, step)), [-TWINS, 0.0, TWINS]);
        }
    }

    #[test]
    fn sources_stand_next_to_what_they_lead_to() {
        let layout = place(4, &[(0, 1), (1, 2), (3, 2)]);
        assert_eq!(layout.centers[3].0, layout.centers[1].0);
    }

    #[test]
    fn crossings_are_untangled() {
        let layout = place(4, &[(0, 3), (1, 2)]);
        let y = |i: usize| layout.centers[i].1;
        assert!((y(0) < y(1)) == (y(3) < y(2)), "{layout:?}");
    }

    #[test]
    fn circles_are_refused_and_a_lone_box_is_not() {
        assert!(layout(&[(1.0, 1.0); 2], &[(0, 1), (1, 0)], 1.0, 1.0).is_none());
        assert!(layout(&[(1.0, 1.0)], &[(0, 0)], 1.0, 1.0).is_none());
        let lone = place(1, &[]);
        assert_eq!((lone.width, lone.height), (40.0, 30.0));
    }
}
