use crate::records::unsubscribe::{Fitness, OneClickHeader};

const URI: (&str, &str) =
    ("list-unsubscribe", "<mailto:u@example.com>, <https://click.example.com/u>");
const POST: (&str, &str) = ("list-unsubscribe-post", "List-Unsubscribe=One-Click");
const SIGNED: (&str, &str) = (
    "dkim-signature",
    "v=1; a=rsa-sha256; d=Example.com; s=s1; h=From:List-Unsubscribe: list-unsubscribe-POST; b=a=b",
);

fn fitness(fields: &[(&str, &str)], said: Option<&str>) -> Fitness {
    let fields: Vec<(String, String)> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let verdict = |domain: &crate::kernel::Name, selector: &str| {
        assert_eq!((domain.as_str(), selector), ("example.com", "s1"));
        said.map(str::to_owned)
    };
    OneClickHeader::read("letter", "news@example.com", &fields, verdict).fitness()
}

#[test]
#[rustfmt::skip]
fn a_header_is_fit_when_both_fields_stand_in_a_valid_signature() {
    use Fitness::{Fit, Unfit, Untold};
    let other = ("dkim-signature", "v=1; d=example.com; s=s1; h=From:List-Unsubscribe; b=x");
    let mail = ("list-unsubscribe", "<mailto:u@example.com>");
    let wrong = ("list-unsubscribe-post", "One-Click");
    let broken = ("dkim-signature", "v=1; d=<script>; s=s1; h=list-unsubscribe:list-unsubscribe-post");
    type Fields<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Fields<'_>, Option<&str>, Fitness); 12] = [
        ("all is there",                 &[URI, POST, SIGNED],        Some("pass"),      Fit),
        ("nothing is there",             &[],                         None,              Unfit("no-https-uri")),
        ("only an address for mail",     &[mail, POST, SIGNED],       Some("pass"),      Unfit("no-https-uri")),
        ("https outside brackets",       &[("list-unsubscribe", "https://a.example/"), POST, SIGNED], Some("pass"), Unfit("no-https-uri")),
        ("no field for the click",       &[URI, SIGNED],              Some("pass"),      Unfit("no-one-click-field")),
        ("another value of it",          &[URI, wrong, SIGNED],       Some("pass"),      Unfit("no-one-click-field")),
        ("no signature",                 &[URI, POST],                None,              Unfit("not-signed")),
        ("one field is not signed",      &[URI, POST, other],         Some("pass"),      Unfit("not-signed")),
        ("a signature that is none",     &[URI, POST, broken],        None,              Unfit("not-signed")),
        ("the signature does not hold",  &[URI, POST, SIGNED],        Some("fail"),      Unfit("signature-invalid")),
        ("the receiver could not tell",  &[URI, POST, SIGNED],        Some("temperror"), Untold),
        ("the receiver wrote nothing",   &[URI, POST, SIGNED],        None,              Untold),
    ];
    for (rule, fields, said, expected) in cases {
        assert_eq!(fitness(fields, said), expected, "{rule}");
    }
}
