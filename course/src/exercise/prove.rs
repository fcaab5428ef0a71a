//! For authors: a hand-out fails as it should, and its solution passes.

use std::path::Path;

use anyhow::Result;

use super::cells::{self, Cell};
use super::grade::{self, State, TIMEOUT};
use super::work::Exercise;
use crate::kernel::{Session, side_by_side};

type Proof = fn(&mut Session<'_>, &Exercise) -> Result<Vec<String>>;

/// What is wrong with exercises, on paper and when they run: a list for each. All hand-outs run before all solutions, so
/// that either need one kernel of each of the sessions that `open` makes, one for each of the `jobs` done at a time.
pub fn faults<'a>(
    jobs: usize,
    exercises: &[Exercise],
    open: impl Fn() -> Result<Session<'a>> + Sync,
) -> Result<Vec<Vec<String>>> {
    let all = |what: &'static str, proof: Proof| exercises.iter().map(move |exercise| (what, proof, exercise));
    let work: Vec<_> = all("the hand-out", of_handed_out)
        .chain(all("the solution", of_solution))
        .collect();
    let found = side_by_side(jobs, &work, open, |session, (what, proof, exercise)| {
        let faults = proof(session, exercise);
        // Where one stands: all of it takes a quarter of an hour.
        println!("ran {what} of {}", exercise.name());
        faults
    })?;
    let found: Vec<_> = found.into_iter().collect::<Result<_>>()?;
    let (handed_out, solutions) = found.split_at(exercises.len());
    Ok(handed_out
        .iter()
        .zip(solutions)
        .map(|(a, b)| [&a[..], b].concat())
        .collect())
}

fn run(session: &mut Session<'_>, path: &Path, cells: &[Cell]) -> Result<grade::Graded> {
    grade::notebook(session, path, cells, cells, TIMEOUT)
}

/// What is wrong with an exercise on paper, and tasks that do not fail as they should.
fn of_handed_out(session: &mut Session<'_>, exercise: &Exercise) -> Result<Vec<String>> {
    let (handed_out, solution) = (cells::read(&exercise.handed_out())?, cells::read(&exercise.solution())?);
    let mut faults = on_paper(&exercise.number(), &handed_out, &solution);
    let marks = cells::marks(&handed_out).map(|(mark, _)| mark);
    let ran = run(session, &exercise.handed_out(), &handed_out)?;
    for (result, mark) in ran.tasks.iter().zip(marks) {
        let (text, by_compiler) = match &result.state {
            State::Passed => {
                faults.push(format!("{} passes as it is handed out", mark.id));
                continue;
            }
            State::Rejected(text) => (text, false),
            State::Broken(text) => (text, true),
        };
        if !text.contains(&mark.fails) {
            faults.push(format!(
                "{}, handed out, does not say {:?} but:\n{text}",
                mark.id, mark.fails
            ));
        }
        if by_compiler != mark.types {
            faults.push(format!(
                "{}, handed out: only a task of types may fail to compile:\n{text}",
                mark.id
            ));
        }
    }
    Ok(faults)
}

/// Cells of the solution that fail, and tasks that it does not solve.
fn of_solution(session: &mut Session<'_>, exercise: &Exercise) -> Result<Vec<String>> {
    let solved = run(session, &exercise.solution(), &cells::read(&exercise.solution())?)?;
    let say = |why: String| format!("a cell of the solution fails:\n{why}");
    let mut faults: Vec<_> = solved.troubles.into_iter().map(say).collect();
    for result in solved.tasks {
        match result.state {
            State::Passed => {}
            State::Rejected(text) | State::Broken(text) => {
                faults.push(format!("the solution of {} does not pass:\n{text}", result.id));
            }
        }
    }
    Ok(faults)
}

/// What is wrong with an exercise as it is written.
fn on_paper(chapter: &str, handed_out: &[Cell], solution: &[Cell]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut say = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault)
        }
    };
    let tasks: Vec<_> = cells::marks(handed_out).collect();
    say(
        (4..=6).contains(&tasks.len()),
        format!("{} tasks, not 4 to 6", tasks.len()),
    );
    for (number, (mark, check)) in tasks.iter().enumerate() {
        let id = &mark.id;
        say(
            *id == format!("{chapter}.{}", number + 1),
            format!("task {id} is number {}", number + 1),
        );
        say(
            !mark.fails.is_empty(),
            format!("{id} does not say how it fails as it is handed out"),
        );
        say(
            !cells::title(handed_out, id).is_empty(),
            format!("{id} has no heading `## {id} ...`"),
        );
        let same = cells::marks(solution).any(|(other, cell)| other.id == *id && cell.source == check.source);
        say(
            same,
            format!("{id}: the solution lacks the check, or checks in another way"),
        );
    }
    say(tasks.iter().any(|(mark, _)| mark.types), "no task of types".into());
    let prose: String = handed_out
        .iter()
        .filter(|cell| !cell.code)
        .map(|cell| cell.source.as_str())
        .collect();
    say(
        prose.contains(&format!("](../{chapter}_")),
        "no link back to the chapter".into(),
    );
    faults
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::project::Project;

    #[test]
    fn every_exercise_is_whole_on_paper() -> Result<()> {
        let project = Project::at(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".."))?;
        for exercise in Exercise::select(&project, &[])? {
            let (handed_out, solution) = (cells::read(&exercise.handed_out())?, cells::read(&exercise.solution())?);
            let faults = on_paper(&exercise.number(), &handed_out, &solution);
            assert!(faults.is_empty(), "{}: {}", exercise.name(), faults.join("\n"));
        }
        Ok(())
    }
}
