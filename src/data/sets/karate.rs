//! The members of a club who met outside it.

use crate::graph::Graph;

/// Who met whom outside the club, by their numbers from 0.
const EDGES: &[(usize, usize)] = &[
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 4),
    (0, 5),
    (0, 6),
    (0, 7),
    (0, 8),
    (0, 10),
    (0, 11),
    (0, 12),
    (0, 13),
    (0, 17),
    (0, 19),
    (0, 21),
    (0, 31),
    (1, 2),
    (1, 3),
    (1, 7),
    (1, 13),
    (1, 17),
    (1, 19),
    (1, 21),
    (1, 30),
    (2, 3),
    (2, 7),
    (2, 8),
    (2, 9),
    (2, 13),
    (2, 27),
    (2, 28),
    (2, 32),
    (3, 7),
    (3, 12),
    (3, 13),
    (4, 6),
    (4, 10),
    (5, 6),
    (5, 10),
    (5, 16),
    (6, 16),
    (8, 30),
    (8, 32),
    (8, 33),
    (9, 33),
    (13, 33),
    (14, 32),
    (14, 33),
    (15, 32),
    (15, 33),
    (18, 32),
    (18, 33),
    (19, 33),
    (20, 32),
    (20, 33),
    (22, 32),
    (22, 33),
    (23, 25),
    (23, 27),
    (23, 29),
    (23, 32),
    (23, 33),
    (24, 25),
    (24, 27),
    (24, 31),
    (25, 31),
    (26, 29),
    (26, 33),
    (27, 33),
    (28, 31),
    (28, 33),
    (29, 32),
    (29, 33),
    (30, 32),
    (30, 33),
    (31, 32),
    (31, 33),
    (32, 33),
];
/// Who stayed with the officers, member 33, when the club split.
const OFFICERS: [usize; 17] = [9, 14, 15, 18, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33];

/// A karate club of the 1970s: 34 members, an edge where two met outside the club, and with whom each stayed when it split:
/// class 0 with the teacher (member 0), class 1 with the officers (member 33).
///
/// Zachary 1977, *An information flow model for conflict and fission in small groups*, Journal of Anthropological Research 33.
/// Of the paper's member 9 (number 8 here), who belonged to the officers' side and stayed with the teacher for his black belt,
/// this is what he did. Taught in notebook 20.
pub fn karate_club() -> (Graph, Vec<usize>) {
    let clubs = (0..34).map(|member| usize::from(OFFICERS.contains(&member))).collect();
    let graph = Graph::undirected(34, EDGES);
    (graph.unwrap_or_else(|error| unreachable!("{error}")), clubs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_in_the_paper() {
        let (graph, clubs) = karate_club();
        assert_eq!((graph.nodes(), graph.edges().len()), (34, 2 * 78));
        assert_eq!((graph.degree(0), graph.degree(33), graph.degree(11)), (16, 17, 1));
        assert_eq!(
            (clubs.iter().sum::<usize>(), clubs[0], clubs[8], clubs[33]),
            (17, 0, 0, 1)
        );
    }
}
