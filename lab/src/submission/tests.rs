use super::DkimSigning;
use super::login::{Login, Step};
use crate::accounts::Accounts;
use crate::smtp::Reply;

#[test]
fn the_lab_signs_over_the_fields_that_matter() {
    let signing = DkimSigning::new("example.com", "s1").unwrap();
    let message = b"From: a@example.com\r\nSubject: x\r\n\r\nbody\r\n";
    let header = signing.sign(message).unwrap();
    assert!(header.starts_with("DKIM-Signature: "), "{header}");
    assert!(header.contains("d=example.com") && header.contains("s=s1"), "{header}");
}

/// The codes of a login, and whether it was granted in the end.
fn log_in(mechanism: &str, initial: Option<&str>, answers: &[&str]) -> (Vec<u16>, bool) {
    let accounts = Accounts::new([("news".to_owned(), "pw".to_owned())]);
    let mut step = Login::begin(accounts, mechanism, initial);
    let mut answers = answers.iter();
    let mut codes = Vec::new();
    loop {
        let code = |reply: &Reply| reply.code().unwrap();
        match step {
            Step::Ask(login, reply) => {
                codes.push(code(&reply));
                step = login.answer(answers.next().expect("an answer").as_bytes());
            }
            Step::Done { granted, reply } => {
                codes.push(code(&reply));
                return (codes, granted);
            }
        }
    }
}

#[test]
fn a_login_is_granted_on_the_right_words_alone() {
    // "\0news\0pw", "\0news\0no", "news", "pw", "no"
    let (right, wrong) = ("AG5ld3MAcHc=", "AG5ld3MAbm8=");
    let (user, password, other) = ("bmV3cw==", "cHc=", "bm8=");
    #[rustfmt::skip]
    let cases = [
        ("PLAIN at once",          "PLAIN",    Some(right), vec![],               vec![235],           true),
        ("PLAIN when asked",       "PLAIN",    None,        vec![right],          vec![334, 235],      true),
        ("PLAIN, wrong",           "PLAIN",    Some(wrong), vec![],               vec![535],           false),
        ("PLAIN, empty",           "PLAIN",    Some("="),   vec![],               vec![501],           false),
        ("PLAIN, not base64",      "PLAIN",    Some("%"),   vec![],               vec![501],           false),
        ("LOGIN",                  "LOGIN",    None,        vec![user, password], vec![334, 334, 235], true),
        ("LOGIN with the user",    "LOGIN",    Some(user),  vec![password],       vec![334, 235],      true),
        ("LOGIN, wrong",           "LOGIN",    None,        vec![user, other],    vec![334, 334, 535], false),
        ("cancelled",              "LOGIN",    None,        vec!["*"],            vec![334, 501],      false),
        ("an unknown mechanism",   "CRAM-MD5", None,        vec![],               vec![504],           false),
    ];
    for (name, mechanism, initial, answers, codes, granted) in cases {
        assert_eq!(log_in(mechanism, initial, &answers), (codes, granted), "{name}");
    }
}
