//! What is done to one of two runtimes.

use std::time::Duration;

use crate::{client::Scene, sites::SITES};

/// Lets a runtime stand still for so long, or to the end of all.
pub(crate) async fn stand_still(scene: &Scene, site: usize, duration: Duration) {
    let Scene { world, sites, .. } = scene;
    if duration == Duration::MAX {
        if !sites.stands_to_the_end(site) {
            world.note(|history| history.stands_still(site));
            sites.stand_to_the_end(site);
        }
        return;
    }
    world.note(|history| history.stands_still(site));
    sites.stand_still(site);
    world.clock.sleep(duration).await;
    world.note(|history| history.goes_on(site));
    sites.go_on(site);
}

/// Ends a runtime: what it has is dropped.
pub(crate) fn end(scene: &Scene, site: usize) {
    scene.world.note(|history| history.loses_all());
    scene.sites.end(site);
}

/// All that can end has ended: what stands still goes on, or is ended.
pub(crate) fn go_on_at_last(scene: &Scene) {
    for site in (0..SITES).filter(|&site| scene.sites.stands_to_the_end(site)) {
        if scene.world.setup.ends_at_last {
            end(scene, site);
        }
        scene.world.note(|history| history.goes_on(site));
        scene.sites.go_on_at_last(site);
    }
}
