//! Prints what operations cost, and compares it with the budgets; see `benches/instructions`.

use std::{
    env, fs, io,
    process::{Command, ExitCode},
};

use evermemo_benches::{
    instructions::{Budgets, Cost, measured},
    operations::OPERATIONS,
};

const USAGE: &str = "instructions [--raw | --check | --record]";

const BUDGETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/budgets");

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => print(),
        ["--raw"] => raw(),
        ["--check"] => check(),
        ["--record"] => record(),
        _ => Err(io::Error::other(USAGE)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print() -> io::Result<()> {
    table(&costs()?, None);
    Ok(())
}

/// As the file of budgets, for other programs.
fn raw() -> io::Result<()> {
    print!("{}", Budgets::of(&compiler()?, &costs()?));
    Ok(())
}

fn check() -> io::Result<()> {
    let budgets = Budgets::read(&fs::read_to_string(BUDGETS)?).map_err(io::Error::other)?;
    let costs = costs()?;
    table(&costs, Some(&budgets));
    let verdict = budgets.judge(&costs);
    let compiler = compiler()?;
    if compiler != budgets.compiler {
        println!("\nthe budgets were taken with {}, this is {compiler}", budgets.compiler);
    }
    for said in &verdict.generous {
        println!("\n{said}, which is too generous: `benches/instructions --record`");
    }
    if verdict.exceeded.is_empty() {
        return Ok(());
    }
    let exceeded = verdict.exceeded.join("\n  ");
    Err(io::Error::other(format!("over the budget in benches/budgets:\n  {exceeded}")))
}

fn record() -> io::Result<()> {
    let costs = costs()?;
    table(&costs, None);
    fs::write(BUDGETS, Budgets::of(&compiler()?, &costs).to_string())
}

/// Measures `operations`, which was built beside this program.
fn costs() -> io::Result<Vec<(&'static str, Cost)>> {
    measured(&env::current_exe()?.with_file_name("operations"))
}

fn compiler() -> io::Result<String> {
    let output = Command::new("rustc").arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn table(costs: &[(&str, Cost)], budgets: Option<&Budgets>) {
    let allowed = budgets.map_or("", |_| " at most |");
    println!("| operation | instructions | allocations | locked |{allowed}");
    println!("|---|--:|--:|--:|{}", budgets.map_or("", |_| "--:|"));
    for (name, cost) in costs {
        let what = OPERATIONS.iter().find(|operation| operation.name == *name);
        let what = what.map_or(*name, |operation| operation.what);
        print!("| {what} | {} |", figures(*cost));
        match budgets.and_then(|budgets| budgets.find(name)) {
            Some(budget) => println!(" {} |", figures(budget).replace(" | ", ", ")),
            None => println!(),
        }
    }
}

fn figures(Cost { instructions, allocations, locked }: Cost) -> String {
    format!("{instructions:.1} | {allocations:.1} | {locked:.1}")
}
