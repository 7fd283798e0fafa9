//! No message ever holds a value: not a wrong one, not one beside a wrong one, not in broken TOML.

use proptest::prelude::*;
use quaymaster::settings::{SETTINGS, example};

use crate::written::Written;

/// Something that looks like a key of the bank's, and could not stand in our messages by chance.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z]{4}_SEC_[a-z0-9]{20,55}",
        "[a-zA-Z0-9+/]{24,40}={0,2}",
        "[a-z]{10}[0-9]{12}",
        "[0-9]{17}",
    ]
}

/// Everything a person could be shown of these settings but the settings themselves.
fn told(written: &Written) -> String {
    match written.load() {
        Ok(loaded) => format!("{:?}", loaded.warnings),
        Err(error) => format!("{error} {error:?} {:?}", written.sources()),
    }
}

/// The example file with every line in force.
fn everything() -> Vec<String> {
    let text = example();
    let lines = text.lines().skip_while(|line| !line.is_empty());
    lines.map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_the_place_of_any_value(secret in secret(), at in 0..SETTINGS.len(), quote in 0..5_usize) {
        let mut lines = everything();
        let settings: Vec<usize> = lines.iter().enumerate()
            .filter(|(_, line)| line.contains(" = ") && !line.starts_with("kind"))
            .map(|(number, _)| number).collect();
        prop_assert_eq!(settings.len(), SETTINGS.len());
        let line = &mut lines[settings[at]];
        let name = line.split(" = ").next().unwrap().to_owned();
        *line = match quote {
            0 => format!("{name} = \"{secret}\""),
            1 => format!("{name} = {secret}"),
            2 => format!("{name} = [\"{secret}\", 1]"),
            3 => format!("{name} = {{ file = [\"{secret}\"], {secret} = 1 }}"),
            _ => format!("{name} = \"{secret}"),
        };
        let told = told(&Written::new(lines.join("\n")));
        prop_assert!(!told.contains(&secret), "{}", told);
    }

    #[test]
    fn in_the_place_of_any_kind_name_table_or_comment(secret in secret(), at in 0..200_usize, how in 0..5_usize) {
        let mut lines = everything();
        let at = at % lines.len();
        let line = &mut lines[at];
        *line = match how {
            0 => format!("{secret} = 1"),
            1 => format!("[{secret}]"),
            2 => format!("kind = \"{secret}\""),
            3 => secret.clone(),
            _ => format!("{line} {secret}"),
        };
        let mut written = Written::new(lines.join("\n"));
        // A facility's name is no secret: it is in every metric.
        if how == 1 {
            written = Written::new(lines.join("\n").replace(&format!("[{secret}]"), &format!("[x.{secret}]")));
        }
        let told = told(&written);
        prop_assert!(!told.contains(&secret), "{}", told);
    }

    #[test]
    fn in_any_variable_or_flag(secret in secret(), at in 0..SETTINGS.len(), whole in any::<bool>()) {
        let path = SETTINGS[at].path.replace('*', "main").replace("[]", ".0");
        let path = path.replace("[aws-secrets-manager]", ".0").replace("stores[file]", "stores.1");
        let path = path.split('[').next().unwrap().to_owned();
        let path = if whole { path } else { path.rsplit_once('.').map_or(path.clone(), |(up, _)| up.to_owned()) };
        let name = format!("QUAYMASTER_{}", path.replace('.', "__").to_uppercase());
        for value in [secret.clone(), format!("[\"{secret}\"]"), format!("{{ x = \"{secret}\" }}")] {
            let by_variable = Written::new(example()).variable(&name, &value);
            let by_flag = Written::new(example()).flag(&path, &value);
            for written in [by_variable, by_flag] {
                let told = told(&written);
                prop_assert!(!told.contains(&secret), "{}", told);
            }
        }
    }
}
