//! What is refused is told in one sentence, in the language of who reads it, with exit code 2.

use std::path::Path;
use std::process::Command;

/// The sentence of a refusal.
fn refused(folder: &Path, written: &str, lang: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigie"));
    command.args(written.split(' ')).args(["--lang", lang]).current_dir(folder);
    command.env("LANG", "C").env_remove("LC_ALL").env_remove("VIGIE_CONFIG");
    let output = command.output().expect("the program can be started");
    let told = String::from_utf8(output.stderr).expect("text is UTF-8");
    let told = told.replace(&format!("{}/", folder.display()), "");
    assert_eq!(output.status.code(), Some(2), "{written}: {told}");
    assert!(output.stdout.is_empty(), "{written}");
    let told = told.strip_prefix("vigie: ").and_then(|told| told.strip_suffix('\n'));
    let told = told.unwrap_or_else(|| panic!("{written}: not one sentence of vigie"));
    assert!(!told.contains('\n'), "{written}: {told}");
    told.to_owned()
}

#[test]
fn what_is_refused_is_told_in_the_language_of_who_reads_it() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    // Nothing listens there, so nothing is ever asked.
    let configuration = "[network]\nresolver = [\"127.0.0.1:1\"]\n[web]\nlisten = \"127.0.0.1:1\"\n\
        [store]\nurl = \"sqlite://vigie.db\"\n";
    for (name, text) in [
        ("vigie.toml", configuration),
        ("wrong.zone", "\n;- x\n"),
        ("open.zone", "x TXT (\n"),
        ("words.zone", "garbage here"),
        ("alias.zone", "x CNAME y\nx TXT \"z\"\n"),
        ("name.toml", "name = 1"),
        ("evidence.json", "{}"),
        ("empty.pem", "-"),
        ("list", "\n# nobody\n"),
    ] {
        std::fs::write(folder.path().join(name), text).expect("the folder can be written");
    }
    #[rustfmt::skip]
    let cases = [
        ("audit a.example --resolver sytem", "resolver `sytem`: did you mean `system`?", "résolveur `sytem`~: vouliez-vous dire `system`~?"),
        ("audit a.example --proxy http://x", "proxy: the scheme is not socks5", "proxy~: le schéma n’est pas socks5"),
        ("audit a.example --ca empty.pem", "empty.pem: holds no certificate", "empty.pem~: aucun certificat n’y figure"),
        ("audit a.example --ca nope.pem", "nope.pem: cannot be read: No such file or directory (os error 2)", "nope.pem~: lecture impossible~: fichier ou dossier introuvable"),
        ("audit a.example --checks spff", "there is no check `spff`; did you mean `spf`?", "il n’y a pas de contrôle `spff`~; vouliez-vous dire `spf`~?"),
        ("fix a.example --checks spff", "there is no check `spff`; did you mean `spf`?", "il n’y a pas de contrôle `spff`~; vouliez-vous dire `spf`~?"),
        ("audit a.example --skip whatever", "there is no check `whatever`; `vigie checks list` names them all", "il n’y a pas de contrôle `whatever`~; `vigie checks list` les nomme tous"),
        ("audit a.example --checks spf --skip SPF", "every check is skipped: nothing is left to look at", "tous les contrôles sont écartés~: il ne reste rien à regarder"),
        ("audit a.example --overlay wrong.zone", "wrong.zone: overlay, line 2: write `;- NAME TYPE` to delete an RRset", "wrong.zone~: --overlay, ligne 2~: pour supprimer un RRset, écrire `;- NOM TYPE`"),
        ("audit a.example --overlay open.zone", "open.zone: overlay, line 1: the parenthesis that begins here does not end", "open.zone~: --overlay, ligne 1~: la parenthèse qui commence ici ne se ferme pas"),
        ("audit a.example --overlay words.zone", "words.zone: overlay, line 1: `here` is no type of record that is known; a line reads NAME TTL IN TYPE VALUE, and TTL and IN may be left out", "words.zone~: --overlay, ligne 1~: `here` n’est pas un type d’enregistrement connu~; une ligne se lit NOM TTL IN TYPE VALEUR, et TTL et IN peuvent manquer"),
        ("audit a.example --overlay alias.zone", "alias.zone: overlay, line 2: `x.a.example` has a record already (line 1); a CNAME stands alone at its name, and no name server loads it otherwise", "alias.zone~: --overlay, ligne 2~: `x.a.example` a déjà un enregistrement (ligne 1)~; un CNAME est seul à son nom, sinon aucun serveur de noms ne charge la zone"),
        ("audit a.example --save-evidence nope/x", "nope/x: cannot be written: No such file or directory (os error 2)", "nope/x~: écriture impossible~: fichier ou dossier introuvable"),
        ("preflight --domain a.example --accept listed --by _ --reason _", "--by: say who accepts it", "--by~: dire qui l’accepte"),
        ("preflight --domain a.example --accept listed --by ana --reason _", "--reason: say why it is accepted", "--reason~: dire pourquoi"),
        ("audit a.example --output nope/x", "nope/x: cannot be written: No such file or directory (os error 2)", "nope/x~: écriture impossible~: fichier ou dossier introuvable"),
        ("audit --from-file list", "list: the list holds no domain", "list~: la liste ne contient aucun domaine"),
        ("audit --from-file nope", "nope: cannot be read: No such file or directory (os error 2)", "nope~: lecture impossible~: fichier ou dossier introuvable"),
        ("explain spf.nope", "`spf.nope`: no finding has that id; `vigie checks list` names what there is", "`spf.nope`~: aucun constat n’a cet identifiant~; `vigie checks list` nomme ce qu’il y a"),
        ("checks show sfp", "there is no check `sfp`; did you mean `spf`?", "il n’y a pas de contrôle `sfp`~; vouliez-vous dire `spf`~?"),
        ("history a.example", "store vigie.db: there is no history yet; `vigie run` writes it", "base vigie.db~: il n’y a pas encore d’historique~; c’est `vigie run` qui l’écrit"),
        ("backup vigie.toml", "store vigie.db: there is no history yet; `vigie run` writes it", "base vigie.db~: il n’y a pas encore d’historique~; c’est `vigie run` qui l’écrit"),
        ("replay evidence.json", "evidence.json: no evidence of vigie: missing field `schema` at line 1 column 2", "evidence.json~: ce n’est pas une preuve de vigie~: «_missing field `schema` at line 1 column 2_»"),
        ("recheck a.example", "no daemon answers at 127.0.0.1:1 (web.listen): nothing listens there; `vigie run` starts one", "aucun démon ne répond à 127.0.0.1:1 (web.listen)~: rien n’y écoute~; `vigie run` en lance un"),
        ("alerts test ops", "there is no channel `ops`; the configuration has no [[channels]]", "il n’y a pas de canal `ops`~; la configuration n’a pas de [[channels]]"),
        ("probe run", "the configuration has no [[probes]]", "la configuration n’a pas de [[probes]]"),
        ("lab name.toml", "name.toml: no world of the lab: line 1, column 8: invalid type: integer `1`, expected a string", "name.toml~: ce n’est pas un monde du lab~: ligne 1, colonne 8~: «_invalid type: integer `1`, expected a string_»"),
        ("lab nope.toml", "nope.toml: cannot be read: No such file or directory (os error 2)", "nope.toml~: lecture impossible~: fichier ou dossier introuvable"),
    ];
    for (written, english, french) in cases {
        assert_eq!(refused(folder.path(), written, "en"), english, "{written}");
        let spaced =
            french.replace("~:", "\u{a0}:").replace('~', "\u{202f}").replace('_', "\u{a0}");
        assert_eq!(refused(folder.path(), written, "fr"), spaced, "{written}");
    }
}
