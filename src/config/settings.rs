//! The configuration as used: every value read, every default filled in, every secret resolved.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use toml::Spanned;
use toml::de::DeTable;
use vigie_checks::kernel::{Bilingual, Blocklist, Name, ProbeSpec, Target};

use super::reader::{Reading, Section};
use super::{
    BlocklistChange, Cadence, Channel, Domain, Domains, Heartbeat, Maintenance, Network, Plugin,
    Probe, Route, Store, Web, blocklists, cadence, channels, domains, heartbeat, include,
    maintenance, network, plugins, probes, routes, store, web,
};

/// Everything that `vigie.toml` says. Serialised it is the effective configuration with secrets
/// as `***`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Settings {
    pub network: Network,
    pub store: Store,
    pub web: Web,
    pub schedule: Cadence,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
    pub domains: Domains,
    pub probes: Vec<Probe>,
    pub channels: Vec<Channel>,
    pub routes: Vec<Route>,
    pub maintenance: Vec<Maintenance>,
    pub blocklists: Vec<BlocklistChange>,
    pub plugins: Vec<Plugin>,
}

impl Settings {
    pub fn domain(&self, name: &Name) -> Option<&Domain> {
        self.domains.of(name)
    }

    /// What is known of a domain; of one that the configuration does not name, only that.
    pub fn target(&self, name: &Name) -> Target {
        self.domain(name).map_or_else(|| Target::new(name.clone()), Domain::target)
    }

    /// The domain of a probe with its test send.
    pub fn probe_target(&self, probe: &Probe) -> Target {
        Target { probe: Some(probe.spec()), ..self.target(&probe.domain) }
    }

    /// The test sends, each with its domain.
    pub fn probe_specs(&self) -> Vec<(Name, ProbeSpec)> {
        self.probes.iter().map(|probe| (probe.domain.clone(), probe.spec())).collect()
    }

    pub fn probe(&self, name: &str) -> Option<&Probe> {
        self.probes.iter().find(|probe| probe.name == name)
    }

    /// Whether the world is looked at in the same way by both: through the same network, with the same
    /// passwords and lists, and as politely.
    pub fn sees_as(&self, other: &Self) -> bool {
        let bare = |secrets: HashMap<String, SecretString>| -> BTreeMap<String, String> {
            secrets
                .into_iter()
                .map(|(of, secret)| (of, secret.expose_secret().to_owned()))
                .collect()
        };
        let keys = |settings: &Self| {
            let keys = settings.zone_keys().into_iter();
            bare(keys.map(|(zone, key)| (zone.to_string(), key)).collect())
        };
        let proxy = |settings: &Self| {
            settings.network.proxy.as_ref().map(|proxy| proxy.expose_secret().to_owned())
        };
        let shown = |settings: &Self| {
            let lists = settings.blocklists(vigie_checks::blocklist::catalogue());
            (serde_json::to_value(&settings.network).ok(), serde_json::to_value(lists).ok())
        };
        self.schedule.smtp_gap == other.schedule.smtp_gap
            && shown(self) == shown(other)
            && proxy(self) == proxy(other)
            && keys(self) == keys(other)
            && bare(self.secrets()) == bare(other.secrets())
    }

    /// Whether the domain is watched, or where a probe is named, whether that is sent.
    pub fn looks_at(&self, domain: &Name, probe: &str) -> bool {
        match probe {
            "" => self.domain(domain).is_some(),
            name => self.probe(name).is_some_and(|probe| probe.domain == *domain),
        }
    }

    /// The tags of a domain; none of one that the configuration does not name.
    pub fn tags(&self, name: &Name) -> BTreeSet<String> {
        self.domain(name).map(|domain| domain.tags.clone()).unwrap_or_default()
    }

    /// The passwords of all probes under the names that their specs use.
    pub fn secrets(&self) -> HashMap<String, SecretString> {
        self.probes.iter().flat_map(Probe::secrets).collect()
    }

    /// The keys of the lists that are asked with one, by zone.
    pub fn zone_keys(&self) -> HashMap<Name, SecretString> {
        // The catalogue takes longer to read than many a domain to be asked.
        if self.blocklists.iter().all(|change| change.key.is_none()) {
            return HashMap::new();
        }
        let lists = self.blocklists(vigie_checks::blocklist::catalogue());
        let key = |change: &BlocklistChange| {
            let list = lists.iter().find(|list| list.id == change.id)?;
            Some((list.zone.clone(), change.key.clone()?))
        };
        self.blocklists.iter().filter_map(key).collect()
    }

    /// Those of the catalogue's lists that are asked, as the configuration changes them, and its own.
    pub fn blocklists(&self, mut catalogue: Vec<Blocklist>) -> Vec<Blocklist> {
        let change = |list: &Blocklist| self.blocklists.iter().find(|c| c.id == list.id);
        catalogue.retain(|list| {
            let has_key = !list.needs_key() || change(list).is_some_and(|c| c.key.is_some());
            has_key && (change(list).is_some() || self.network.blocklists.asks(list))
        });
        self.blocklists.iter().for_each(|change| change.apply(&mut catalogue));
        let replaced: BTreeSet<String> =
            catalogue.iter().filter_map(|list| list.replaces.clone()).collect();
        catalogue.retain(|list| !replaced.contains(&list.id));
        catalogue
    }

    /// Reads the tables of a file and of those that it includes; what is wrong goes to their readings.
    pub(super) fn read<'a>(
        mut file: Section<'a, '_>,
        included: &'a [(&'a Reading<'a>, Spanned<DeTable<'a>>)],
        catalogue: &[String],
    ) -> Self {
        let tables = file.table().into_iter().chain(included.iter().map(|(_, of)| of.get_ref()));
        let (mut names, mut of_plugins) = (Vec::new(), Vec::new());
        for table in tables {
            names.extend(channels::names(table));
            of_plugins.extend(plugins::names(table));
        }
        let further = included.iter();
        let mut further: Vec<Section<'_, '_>> = further
            .map(|(reading, document)| {
                Section::new(reading, Bilingual::default(), 0..0, Some(document.get_ref()))
            })
            .collect();
        let (network, store) = (file.section("network"), file.section("store"));
        let (web, schedule) = (file.section("web"), file.section("schedule"));
        let beats = file.is_written("heartbeat");
        let heartbeat = file.section("heartbeat");
        let mut lists = |key| {
            let mut sections = file.sections(key);
            sections.extend(further.iter_mut().flat_map(|file| file.sections(key)));
            sections
        };
        let network = network::read(network);
        let settings = Self {
            store: store::read(store),
            web: web::read(web),
            schedule: cadence::read(schedule),
            heartbeat: heartbeat::read(heartbeat, beats),
            domains: domains::read(lists("domains"), &network).into(),
            probes: probes::read(lists("probes")),
            channels: channels::read(lists("channels")),
            routes: routes::read(lists("routes"), &names, &of_plugins),
            maintenance: maintenance::read(lists("maintenance")),
            blocklists: blocklists::read(lists("blocklists"), catalogue),
            plugins: plugins::read(lists("plugins")),
            network,
        };
        file.finish();
        further.into_iter().for_each(include::finish);
        settings
    }
}
