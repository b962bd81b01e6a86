//! The runtimes, and how each of them runs the one body of the job.

use std::error::Error;

use clap::ValueEnum;
use evermemo::{AsyncStd, Smol, SmolLocal, Tokio};

use crate::{
    client::{AsyncStdSockets, Client, SmolSockets, TokioSockets},
    files::Files,
    job::{Scale, job},
    table::Row,
};

/// What the command line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Selected {
    Tokio,
    TokioCurrentThread,
    AsyncStd,
    Smol,
    /// One thread, tasks that need not be `Send`.
    SmolLocal,
    /// One after another.
    All,
}

impl Selected {
    pub fn runtimes(self) -> Vec<Self> {
        match self {
            Self::All => {
                let each = Self::value_variants().iter().copied();
                each.filter(|&runtime| runtime != Self::All).collect()
            }
            one => vec![one],
        }
    }

    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Does the whole job on one runtime.
    pub fn run(self, files: &Files, scale: Scale) -> Result<Vec<Row>, Box<dyn Error>> {
        let name = self.name();
        match self {
            Self::Tokio => {
                let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
                tokio.block_on(job(
                    &name,
                    Tokio::default(),
                    TokioSockets,
                    Client::summary,
                    files,
                    scale,
                ))
            }
            Self::TokioCurrentThread => {
                let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                tokio.block_on(job(
                    &name,
                    Tokio::default(),
                    TokioSockets,
                    Client::summary,
                    files,
                    scale,
                ))
            }
            Self::AsyncStd => async_std::task::block_on(job(
                &name,
                AsyncStd,
                AsyncStdSockets,
                Client::summary,
                files,
                scale,
            )),
            Self::Smol => {
                smol::block_on(job(&name, Smol, SmolSockets, Client::summary, files, scale))
            }
            Self::SmolLocal => {
                let local = SmolLocal::default();
                local.block_on(job(
                    &name,
                    local.clone(),
                    SmolSockets,
                    Client::local_summary,
                    files,
                    scale,
                ))
            }
            Self::All => Err("`all` is not one runtime".into()),
        }
    }
}
