//! Clusters of texts that are nearly the same. One text represents each cluster, so that a cluster
//! does not drift away from it.
//!
//! Limited by two generations, as in [`Recent`](crate::recent::Recent); a cluster that gets a text
//! becomes young again.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use signal::near::{LIKENESS_MIN, Sketch, likeness};
use types::Cluster;

use crate::recent::Recent;

/// The most clusters of one generation.
const CLUSTERS_MAX: usize = 50_000;

/// The least number of contents whose cluster is remembered.
const CONTENTS_MAX: usize = 512 * 1024;

/// The most texts compared with a new one.
const COMPARED_MAX: usize = 32;

/// A cluster, with the sketch of the text that represents it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KnownCluster {
    id: u64,
    kept: Box<[u32]>,
    bands: Vec<u64>,
    size: u32,
    verdict: Option<Box<str>>,
}

#[derive(Debug, Default)]
struct Generation {
    clusters: Vec<KnownCluster>,
    by_band: HashMap<u64, u32>,
    by_id: HashMap<u64, u32>,
}

/// The clusters, and the cluster of each content.
#[derive(Debug)]
pub(crate) struct Clusters {
    young: Generation,
    old: Generation,
    /// The cluster of each content.
    of_content: Recent<u64>,
    forgotten: u64,
}

impl Default for Clusters {
    fn default() -> Self {
        Self {
            young: Generation::default(),
            old: Generation::default(),
            of_content: Recent::new(CONTENTS_MAX),
            forgotten: 0,
        }
    }
}

impl Generation {
    fn add(&mut self, cluster: KnownCluster) {
        let number = u32::try_from(self.clusters.len()).unwrap_or(u32::MAX);
        for band in &cluster.bands {
            self.by_band.entry(*band).or_insert(number);
        }
        self.by_id.insert(cluster.id, number);
        self.clusters.push(cluster);
    }

    /// The number and the likeness of the cluster most similar to `sketch`.
    fn nearest(&self, sketch: &Sketch) -> Option<(u32, f64)> {
        let met = sketch.bands.iter().filter_map(|band| self.by_band.get(band)).copied();
        let mut tried: Vec<u32> = met.take(COMPARED_MAX).collect();
        tried.sort_unstable();
        tried.dedup();
        let like = |number: u32| {
            let known = &self.clusters[number as usize];
            (number, likeness(&known.kept, &sketch.kept))
        };
        let near = tried.into_iter().map(like).filter(|(_, likeness)| *likeness >= LIKENESS_MIN);
        // Among equals, the oldest.
        near.max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)))
    }

    fn get(&self, id: u64) -> Option<&KnownCluster> {
        self.by_id.get(&id).map(|number| &self.clusters[*number as usize])
    }
}

impl Clusters {
    /// The cluster of the text of `sketch`, which `content` contains, before the text was counted.
    /// A new cluster is called `fresh`. A slightly changed text is not counted again.
    pub(crate) fn join(&mut self, content: &str, sketch: Sketch, fresh: u64) -> Cluster {
        let already = self.of_content.get(content).copied();
        let (id, cluster) = self.find(sketch, (fresh, already));
        *self.of_content.entry(content) = id;
        cluster
    }

    /// The cluster of `content`. If a human's verdict on it is given, it is recorded first.
    pub(crate) fn of(&mut self, content: &str, verdict: Option<&str>) -> Option<Cluster> {
        let id = *self.of_content.get(content)?;
        if let Some(verdict) = verdict {
            self.judge(id, verdict);
        }
        self.young.get(id).or_else(|| self.old.get(id)).map(told)
    }

    fn find(&mut self, sketch: Sketch, (fresh, already): (u64, Option<u64>)) -> (u64, Cluster) {
        let young = self.young.nearest(&sketch);
        if let Some((number, _)) = young {
            let known = &mut self.young.clusters[number as usize];
            let mut before = told(known);
            // A slightly changed text is not another one.
            if already == Some(known.id) {
                before.size = before.size.saturating_sub(1);
            } else {
                known.size = known.size.saturating_add(1);
            }
            return (known.id, before);
        }
        let revived = self.old.nearest(&sketch).map(|(number, _)| number);
        let mut cluster = match revived {
            Some(number) => self.old.clusters[number as usize].clone(),
            None => KnownCluster {
                id: fresh,
                kept: sketch.kept,
                bands: sketch.bands.to_vec(),
                size: 0,
                verdict: None,
            },
        };
        let (id, before) = (cluster.id, told(&cluster));
        if already != Some(id) {
            cluster.size = cluster.size.saturating_add(1);
        }
        self.add(cluster);
        (id, before)
    }

    fn add(&mut self, cluster: KnownCluster) {
        if self.young.clusters.len() >= CLUSTERS_MAX {
            let is_gone = |known: &&KnownCluster| self.young.get(known.id).is_none();
            self.forgotten += self.old.clusters.iter().filter(is_gone).count() as u64;
            self.old = std::mem::take(&mut self.young);
        }
        self.young.add(cluster);
    }

    /// Records a human's verdict on a text of the cluster.
    fn judge(&mut self, id: u64, verdict: &str) {
        for generation in [&mut self.young, &mut self.old] {
            if let Some(number) = generation.by_id.get(&id) {
                generation.clusters[*number as usize].verdict = Some(verdict.into());
            }
        }
    }

    /// Number of clusters, and of contents in clusters, forgotten for lack of room.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten + self.of_content.forgotten()
    }

    /// The stored form: old and young clusters in their order.
    pub(crate) fn kept(&self) -> impl Serialize + use<'_> {
        (&self.old.clusters, &self.young.clusters, &self.of_content, self.forgotten)
    }

    /// Restores the stored form.
    pub(crate) fn restored((old, young, of_content, forgotten): StoredParts) -> Self {
        let generation = |clusters: Vec<KnownCluster>| {
            let mut generation = Generation::default();
            clusters.into_iter().for_each(|cluster| generation.add(cluster));
            generation
        };
        Self { old: generation(old), young: generation(young), of_content, forgotten }
    }
}

/// The stored form of clusters.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct StoredClusters(pub(crate) StoredParts);

type StoredParts = (Vec<KnownCluster>, Vec<KnownCluster>, Recent<u64>, u64);

fn told(known: &KnownCluster) -> Cluster {
    Cluster {
        id: name(known.id),
        size: known.size,
        verdict: known.verdict.as_deref().map(str::to_owned),
    }
}

/// The id of a cluster as rules see it.
fn name(id: u64) -> String {
    format!("{id:016x}")
}

#[cfg(test)]
mod tests {
    use signal::near::of_text;

    use super::*;

    const TEXT: &str = "Free tickets for the harbour festival, only today, write to the desk at \
        the old mill and say that the gardener sent you";

    #[test]
    fn texts_that_are_nearly_the_same_share_a_cluster_and_its_verdict() {
        let mut clusters = Clusters::default();
        let join = |clusters: &mut Clusters, content: &str, text: &str, fresh| {
            clusters.join(content, of_text(text).unwrap(), fresh)
        };
        let before = join(&mut clusters, "a", TEXT, 7);
        assert_eq!((before.id.as_str(), before.size), ("0000000000000007", 0));
        assert_eq!(clusters.of("a", Some("violation")).unwrap().size, 1);
        let changed = TEXT.replace("today", "tonight");
        let before = join(&mut clusters, "b", &changed, 8);
        assert_eq!((before.id.as_str(), before.size), ("0000000000000007", 1));
        assert_eq!(before.verdict.as_deref(), Some("violation"));
        assert_eq!(join(&mut clusters, "b", TEXT, 9).size, 1, "its own text is no other");
        let other = "The library opens an hour later on Monday because of the painters upstairs";
        assert_eq!(join(&mut clusters, "c", other, 10).id, "000000000000000a");
    }

    #[test]
    fn what_is_kept_is_restored() {
        let mut clusters = Clusters::default();
        clusters.join("a", of_text(TEXT).unwrap(), 7);
        clusters.of("a", Some("no_violation"));
        let bytes = postcard::to_allocvec(&clusters.kept()).unwrap();
        let kept: StoredClusters = postcard::from_bytes(&bytes).unwrap();
        let mut again = Clusters::restored(kept.0);
        let before = again.join("b", of_text(TEXT).unwrap(), 8);
        assert_eq!((before.size, before.verdict.as_deref()), (1, Some("no_violation")));
        assert!(again.of("a", None).is_some());
    }
}
