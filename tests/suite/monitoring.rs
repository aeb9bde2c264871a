//! What is shipped for monitoring servers, against what the program tells them. Real servers are
//! fed in `tests/monitoring`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::metrics::known;

/// Values of a register that the template has under another name, or no use for.
const UNUSED: [&str; 8] = [
    "errors_text",
    "read_timestamp",
    "shift_state",
    "registration_organization_address",
    "registration_organization_name",
    "registration_organization_vatin",
    "registration_ofd_name",
    "registration_registration_number",
];

fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)).unwrap()
}

/// A value that is added to the document, such as an error flag of a new brand, is to be shown too.
#[test]
fn the_zabbix_template_takes_every_value_of_a_register() {
    let document = known().run(&["metrics", "--format", "zabbix"]).document();
    let template = shipped("zabbix/template_getad.yaml");
    let register = document["registers"][0].as_object().unwrap();
    let taken = |key: &str| {
        [format!(".{key}.first()'"), format!("kkt.{key};")].iter().any(|path| template.contains(path))
    };
    let missing: Vec<_> =
        register.keys().filter(|key| !taken(key) && !UNUSED.contains(&key.as_str())).collect();
    assert!(missing.is_empty(), "not in the template: {missing:?}");
    assert_eq!(
        UNUSED.map(|key| register.get(key).is_some()),
        [true; UNUSED.len()],
        "no longer in the document"
    );
}

/// A metric that is renamed would leave an alert silent for ever, and a panel empty.
#[test]
fn alerts_and_panels_ask_for_metrics_that_there_are() {
    let text = known().run(&["metrics", "--format", "prometheus"]).stdout;
    for name in ["prometheus/getad.rules.yml", "prometheus/grafana-dashboard.json"] {
        let asked = shipped(name);
        let names = asked.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '.'));
        let metrics: Vec<_> = names.filter(|name| name.starts_with("getad_")).collect();
        assert!(metrics.len() > 5, "{name}: {metrics:?}");
        for metric in metrics {
            assert!(text.contains(&format!("# TYPE {metric} gauge\n")), "{name} asks for {metric}");
        }
    }
}

#[test]
fn the_dashboard_is_json() {
    let dashboard: Value = serde_json::from_str(&shipped("prometheus/grafana-dashboard.json")).unwrap();
    assert_eq!(dashboard["panels"].as_array().map(Vec::len), Some(7));
}
