//! A library that picks no runtime, and two applications that use it.

/// The library: it depends on `evermemo-core`, which names no executor.
mod weather {
    use evermemo_core::{Builder, Error, Memo, Runtime};
    use std::{fmt, time::Duration};

    /// The library's own names, so that its users need not know what it is built on.
    pub type Result<T> = std::result::Result<T, Error<UnknownCity>>;

    #[derive(Debug, PartialEq)]
    pub struct UnknownCity(String);

    /// Looks up temperatures, in degrees Celsius. Cheap to clone; clones share what they know.
    #[derive(Clone)]
    pub struct Weather<R: Runtime> {
        runtime: R,
        temperatures: Memo<String, i32, UnknownCity, R>,
    }

    impl<R: Runtime> Weather<R> {
        pub fn new(runtime: R) -> Self {
            let temperatures = Builder::on(runtime.clone())
                .name("weather::temperature")
                .capacity(1_000)
                .update_after(Duration::from_secs(300))
                .expire_after(Duration::from_secs(3_600))
                .try_wrap(measure);
            Self { runtime, temperatures }
        }

        pub async fn temperature(&self, city: &str) -> Result<i32> {
            // A hit makes no `String`.
            self.temperatures.call_ref(city).await
        }

        /// A library's own pauses come from the same runtime.
        pub async fn warmest(&self, cities: &[&str]) -> Result<Option<i32>> {
            let mut warmest = None;
            for city in cities {
                warmest = warmest.max(Some(self.temperature(city).await?));
                self.runtime.sleep(Duration::from_millis(1)).await; // polite to the service
            }
            Ok(warmest)
        }

        pub async fn forget(&self, city: &str) {
            self.temperatures.invalidate(&city.to_owned()).await;
        }

        /// How often the service was asked.
        pub fn measurements(&self) -> usize {
            self.temperatures.stats().loads
        }
    }

    /// Stands for a service on the net.
    async fn measure(city: String) -> std::result::Result<i32, UnknownCity> {
        match &*city {
            "Oslo" => Ok(4),
            "Rome" => Ok(21),
            _ => Err(UnknownCity(city)),
        }
    }

    impl fmt::Display for UnknownCity {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "no city is called {}", self.0)
        }
    }
    impl std::error::Error for UnknownCity {}
}

use weather::Weather;

/// The same program for each application, as neither sees the other's runtime.
async fn application<R: evermemo::Runtime>(runtime: R) -> weather::Result<()> {
    let weather = Weather::new(runtime);
    assert_eq!(weather.warmest(&["Oslo", "Rome", "Oslo"]).await?, Some(21));
    assert_eq!(weather.measurements(), 2);
    weather.clone().forget("Oslo").await;
    assert_eq!(weather.temperature("Oslo").await?, 4);
    assert_eq!(weather.measurements(), 3);
    let error = weather.temperature("Nowhere").await.unwrap_err();
    assert_eq!(
        error.cause().map(ToString::to_string).as_deref(),
        Some("no city is called Nowhere")
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // On a runtime with several threads the library's futures are `Send`.
    tokio.block_on(async { tokio::spawn(application(evermemo::Tokio::default())).await })??;
    smol::block_on(application(evermemo::Smol))?;
    let one_thread = evermemo::SmolLocal::default();
    one_thread.block_on(application(one_thread.clone()))?;
    Ok(())
}
