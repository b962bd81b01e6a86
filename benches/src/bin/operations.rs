//! Makes one operation over and over: `operations NAME N`. Without arguments it lists them.

use std::{env, process::ExitCode};

use evermemo_benches::operations::OPERATIONS;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let wanted = match arguments.as_slice() {
        [] => {
            for operation in OPERATIONS {
                println!("{:18} {}", operation.name, operation.what);
            }
            return ExitCode::SUCCESS;
        }
        [name, calls] => {
            let operation = OPERATIONS.into_iter().find(|operation| operation.name == name);
            operation.zip(calls.parse().ok())
        }
        _ => None,
    };
    let Some((operation, calls)) = wanted else {
        eprintln!("operations NAME N, where NAME is one of those that `operations` lists");
        return ExitCode::FAILURE;
    };
    (operation.repeat)(calls);
    ExitCode::SUCCESS
}
