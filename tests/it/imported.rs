//! Lists of users as people have them: from spreadsheets of any country, from other panels, or names alone.

use crate::panel::{NOON, Panel};
use mu_panel::{
    error::{Error, Fault},
    import,
    model::{Bytes, NewUser},
};

fn read(text: &str) -> Result<Vec<NewUser>, Fault> {
    let panel = Panel::new();
    import::read(&panel.app, text.as_bytes(), panel.now()).map_err(|error| match error {
        Error::Invalid(fault) => fault,
        other => panic!("{other}"),
    })
}

/// The only user of a list.
#[track_caller]
fn one(text: &str) -> NewUser {
    let users = read(text).unwrap_or_else(|fault| panic!("{fault:?} in {text}"));
    let [user] = users.try_into().unwrap_or_else(|users: Vec<NewUser>| panic!("{users:?}"));
    user
}

/// A row of another panel with something else in it.
fn row(fields: &str) -> String {
    format!(r#"[{{"id":7,"port":443,"passwd":"secret"{fields}}}]"#)
}

fn names(text: &str) -> Vec<String> {
    read(text).unwrap().iter().map(|user| user.draft.name.as_str().to_owned()).collect()
}

#[test]
fn names_alone_are_new_users_with_every_default() {
    for list in [
        "anna\nIván O'Neil\n张伟",
        "anna\r\n\r\n  Iván O'Neil \r\n张伟\r\n",
        "\u{feff}anna\nIván O'Neil\n张伟",
        "name\nanna\nIván O'Neil\n张伟",
        "\"name\"\n\"anna\"\n\"Iván O'Neil\"\n\"张伟\"",
        "\"anna\"\n\"Iván O'Neil\"\n\"张伟\"",
        "Name;Note\nanna;\nIván O'Neil;\n\n张伟;a friend",
        r#"["anna","Iván O'Neil","张伟"]"#,
    ] {
        assert_eq!(names(list), ["anna", "Iván O'Neil", "张伟"], "{list}");
        let users = read(list).unwrap();
        assert!(users.iter().all(|user| user.id.is_none() && user.draft.port.is_none() && user.switch), "{list}");
        assert!(users[0].password.as_str() != users[1].password.as_str() && users[0].uuid != users[1].uuid, "{list}");
    }
    // An admin who writes the family name first means one name, but it could be a table as well.
    assert_eq!(names("anna\nO'Neil, Iván"), ["anna", "O'Neil, Iván"]);
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/import", "list=anna%0Abert").is(200).shows("Add 2 users?");
    admin.submit("/import", "list=anna%0Abert&sure=1").is(303);
    assert_eq!((panel.user(1).port, panel.user(2).port), (20001, 20002));
    assert_eq!(panel.user(2).name.as_str(), "bert");
}

#[test]
fn tables_come_with_any_mark_between_their_cells() {
    for list in [
        "id,name,port,passwd,quota\n7,anna,443,secret,1024",
        "id;name;port;passwd;quota\n7;anna;443;secret;1024",
        "id\tname\tport\tpasswd\tquota\n7\tanna\t443\tsecret\t1024",
        "\u{feff}\"ID\";\"Name\";\"Port\";\"Passwd\";\"Quota\"\r\n\r\n\
         \"7\";\"anna\";\"443\";\"secret\";\"1 KB\"\r\n;;;;\r\n",
        " id , name , port , passwd , quota \n7,anna,443,secret,1024\n\n",
        "id,name,port,passwd,quota,unknown\n7,anna,443,secret,1024",
    ] {
        let user = one(list);
        assert_eq!((user.id, user.draft.name.as_str(), user.draft.port), (Some(7), "anna", Some(443)), "{list}");
        assert_eq!((user.password.as_str(), user.draft.quota), ("secret", Some(Bytes::new(1024))), "{list}");
    }
    assert_eq!(names("name;note\n\"Smith; John\";\"two\nlines\""), ["Smith; John"]);
    assert!(matches!(read("a;b\nc;d"), Err(Fault::ImportHead { .. })));
    assert!(matches!(read("name,port\nanna,1,2"), Err(Fault::ImportBad { .. })));
}

#[test]
fn other_panels_write_numbers_as_they_like() {
    let quota = |fields: &str| one(&row(fields)).draft.quota.map(Bytes::get);
    assert_eq!(quota(""), None);
    assert_eq!(quota(r#","transfer_enable":null"#), None);
    assert_eq!(quota(r#","transfer_enable":"""#), None);
    assert_eq!(quota(r#","transfer_enable":0"#), Some(0));
    assert_eq!(quota(r#","transfer_enable":1024.0"#), Some(1024));
    assert_eq!(quota(r#","transfer_enable":"1024.0""#), Some(1024));
    assert_eq!(quota(r#","transfer_enable":1.1e3"#), Some(1100));
    assert_eq!(quota(r#","transfer_enable":1125899906842624"#), None);
    assert_eq!(quota(r#","quota":"10 GB""#), Some(10 << 30));
    assert_eq!(quota(r#","quota":"unlimited","transfer_enable":5"#), None);
    // A zero is no limit, as in a form, unless it is said in bytes beside it that there is nothing to use.
    for zero in [r#""0 GB""#, r#""0""#, "0", r#""0.0""#, r#""0B""#] {
        assert_eq!(quota(&format!(r#","quota":{zero}"#)), None, "{zero}");
        assert_eq!(quota(&format!(r#","quota":{zero},"transfer_enable":1024"#)), None, "{zero}");
        assert_eq!(quota(&format!(r#","quota":{zero},"transfer_enable":0"#)), Some(0), "{zero}");
    }
    let used = |fields: &str| {
        let used = one(&row(fields)).used;
        (used.u.get(), used.d.get())
    };
    assert_eq!(used(r#","u":1024.0,"d":"2048.9""#), (1024, 2048));
    assert_eq!(used(r#","u":-5,"d":"-1""#), (0, 0));
    assert_eq!(used(r#","u":null,"d":"""#), (0, 0));
    let t = |t: &str| one(&row(&format!(r#","t":{t}"#))).t;
    assert_eq!((t("1700000000"), t("1700000000123"), t("1700000000.5")), (1_700_000_000, 1_700_000_000, 1_700_000_000));
    assert_eq!((t("99999999999"), t("-1"), t("\"\"")), (NOON, 0, 0), "what is yet to come is now");
    let user = one(r#"[{"id":7.0,"port":"443.0","passwd":"secret","method":"","uuid":""}]"#);
    assert_eq!((user.id, user.draft.port, user.draft.method.name()), (Some(7), Some(443), "chacha20-ietf-poly1305"));
    assert_eq!(one(&row(r#","method":"AES-256-GCM""#)).draft.method.name(), "aes-256-gcm");
    assert_eq!(one(&row(r#","expires":"2027-12-31 23:59:59""#)).draft.expires.unwrap().to_string(), "2027-12-31");
    assert_eq!(one(&row(r#","expires":"never","reset_day":0"#)).draft.expires, None);
    assert!(!one(&row(r#","switch":false"#)).switch && one(&row(r#","switch":"true","enable":1.0"#)).switch);
}

#[test]
fn an_e_mail_that_is_too_long_is_shortened_and_noted() {
    let long = format!("{}@example.com", "x".repeat(70));
    let list = format!(
        r#"[{{"id":1,"port":1001,"passwd":"a","email":"{long}"}},{{"id":2,"port":1002,"passwd":"b","email":"{long}"}}]"#
    );
    let users = read(&list).unwrap();
    assert_eq!(users[0].draft.name.as_str(), "x".repeat(64));
    assert_eq!(users[1].draft.name.as_str(), format!("{} 2", "x".repeat(62)));
    assert!(users.iter().all(|user| user.draft.note.as_str() == long));
}

#[test]
fn all_rows_that_cannot_be_taken_are_named_at_once_and_can_be_mended() {
    let list = [
        "id,name,port,passwd,method,uuid,expires",
        "1,a,70000,secret,,,",
        "2,b,443,secret,none,,",
        "3,c,443,sec ret,,,",
        "4,d,443,secret,,nonsense,",
        "5,e,443,secret,,,soon",
        "6,f,443,secret,aes,,",
        "7,g,443,secret,,,",
        "8,g,444,secret,,,",
        "x,h,443,secret,,,",
        "10,i,443,short,2022-blake3-aes-128-gcm,,",
    ]
    .join("\n");
    let panel = Panel::new();
    let admin = panel.admin();
    let encoded: String = form_urlencoded::byte_serialize(list.as_bytes()).collect();
    let page = admin.submit("/import", &format!("sure=1&list={encoded}")).is(400).body();
    let mut named: Vec<&str> = page.split("<li>User ").skip(1).map(|row| row.split(':').next().unwrap()).collect();
    named.dedup();
    assert_eq!(named, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], "also who has the same port as others");
    assert!(page.contains("Nothing was imported.") && !page.contains("; nothing was"));
    assert!(page.contains("sec ret"), "what was typed is kept");
    assert!(panel.app.store.user(7, NOON).unwrap().is_none());
    let Err(Fault::ImportRows { faults, more: 0 }) = read(&list) else { panic!("no faults") };
    assert!(faults.len() > 10, "{faults:?}");
    // Doing what is said of each: a port, a method that encrypts, nothing for a new password, uuid, date or id.
    let mended = [
        "id,name,port,passwd,method,uuid,expires",
        "1,a,7000,secret,,,",
        "2,b,441,secret,chacha20-ietf-poly1305,,",
        "3,c,442,,,,",
        "4,d,443,secret,,,",
        "5,e,444,secret,,,2027-12-31",
        "6,f,445,secret,aes-256-gcm,,",
        "7,g,446,secret,,,",
        "8,h,447,secret,,,",
        ",i,448,secret,,,",
        "10,j,449,,2022-blake3-aes-128-gcm,,",
    ]
    .join("\n");
    let encoded: String = form_urlencoded::byte_serialize(mended.as_bytes()).collect();
    admin.submit("/import", &format!("sure=1&list={encoded}")).is(303);
    assert_eq!(panel.app.census(panel.app.today(NOON).unwrap(), NOON).unwrap().count(None), 10);
    // A thousand bad rows are not a thousand lines.
    let many = format!("name,port\n{}", "x,0\n".repeat(1000));
    let Err(Fault::ImportRows { faults, more }) = read(&many) else { panic!("no faults") };
    assert!((100..=200).contains(&faults.len()) && more == 900, "{}", faults.len());
}

/// What is taken by users who are there is named together with bad values and with what the list has twice.
#[test]
fn every_row_with_any_fault_is_named_at_once() {
    let panel = Panel::new();
    let (first, second) = (panel.add("U1"), panel.add("U2"));
    let list = format!(
        "id,name,port,passwd,uuid\n,U1,30001,secret,\n,U2,20001,secret,\n,c,70000,sec ret,{}\n,d,30001,secret,\n\
         ,e,,secret,{}\n,f,70001,secret,{1}\n,g,,,",
        first.uuid, "c56a4180-65aa-42ec-a945-5fd21dec0538"
    );
    let Err(Error::Conflict(fault) | Error::Invalid(fault)) = import::read(&panel.app, list.as_bytes(), NOON) else {
        panic!("nothing is wrong");
    };
    let Fault::ImportRows { faults, more: 0 } = fault else { panic!("{fault:?}") };
    let rows = faults.iter().map(|fault| match fault {
        Fault::ImportRow { row, fault } => (*row, &**fault),
        other => panic!("{other:?}"),
    });
    let rows: Vec<_> = rows.collect();
    let of = |row: usize| rows.iter().filter(|(of, _)| *of == row).map(|(_, fault)| *fault).collect::<Vec<_>>();
    assert!(matches!(of(1)[..], [Fault::NameTaken { .. }]), "{rows:?}");
    assert!(matches!(of(2)[..], [Fault::NameTaken { .. }, Fault::PortTaken { port: 20001 }]), "{rows:?}");
    assert_eq!(of(3).len(), 3, "{rows:?}");
    assert!(of(3).iter().any(|fault| matches!(fault, Fault::ImportUuidTaken { .. })), "{rows:?}");
    assert!(matches!(of(4)[..], [Fault::PortTaken { port: 30001 }]), "{rows:?}");
    assert!(of(5).is_empty() && of(7).is_empty(), "{rows:?}");
    assert_eq!(of(6).len(), 2, "also what a row has that is twice in the list: {rows:?}");
    let encoded: String = form_urlencoded::byte_serialize(list.as_bytes()).collect();
    let page = panel.admin().submit("/import", &format!("sure=1&list={encoded}")).is(400);
    for row in ["1", "2", "3", "4", "6"] {
        assert!(page.body().contains(&format!("<li>User {row}: ")), "{row}");
    }
    page.hides("Add 7 users?").hides("; nothing was imported");
    assert_eq!(panel.user(second.id).port, second.port);
}

#[test]
fn names_may_have_a_comma_in_every_line() {
    assert_eq!(names("Smith, John\nDoe, Jane"), ["Smith, John", "Doe, Jane"]);
    assert_eq!(names("\"Smith,John\"\nDoe, Jane"), ["Smith,John", "Doe, Jane"]);
    for table in ["anna,443\nbert,444", "anna, 443\nbert, 444", "anna,secret\nbert,secret", "a, b, c\nd, e, f"] {
        assert!(matches!(read(table), Err(Fault::ImportHead { .. })), "{table}");
    }
}

/// Excel's "Unicode text" is UTF-16 with tabs; some programs name what separates cells in a line of its own.
#[test]
fn files_of_spreadsheets_are_read_as_they_are() {
    let panel = Panel::new();
    let table = "name\tport\tquota\n张伟\t20100\t10 GB\nRenée\t20101\t\n";
    let utf16 = |little: bool| -> Vec<u8> {
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        "\u{feff}".encode_utf16().chain(table.encode_utf16()).flat_map(bytes).collect()
    };
    let marked = format!("sep=;\r\n{}", table.replace('\t', ";"));
    for file in [utf16(true), utf16(false), table.as_bytes().to_vec(), marked.into_bytes()] {
        let users = import::read(&panel.app, &file, panel.now()).unwrap();
        let ports: Vec<_> = users.iter().map(|user| (user.draft.name.as_str(), user.draft.port)).collect();
        assert_eq!(ports, [("张伟", Some(20_100)), ("Renée", Some(20_101))]);
        assert_eq!(users[0].draft.quota, Some(Bytes::new(10 << 30)));
    }
    // What other encodings make of it is no list: it is said what to do.
    let latin = b"name;note\nRen\xe9e;x";
    let odd = [&[0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00][..], latin];
    for file in odd {
        let refused = import::read(&panel.app, file, panel.now());
        assert!(matches!(refused, Err(Error::Invalid(Fault::ImportCoding))), "{refused:?}");
    }
}

/// Columns are known by what people call them, in both languages.
#[test]
fn columns_are_known_by_other_names() {
    for table in [
        "Name,Password,Cipher,Limit,Expiry date,Notes\nanna,secret,AES-256-GCM,5 GB,2027-01-31,cake",
        "名称；密码；加密方式；流量限额；到期日；备注\nanna；secret；aes-256-gcm；5 GB；2027年1月31日；cake",
        "名称,密码,加密方式,流量限额,到期日,备注\nanna,secret,aes-256-gcm,5 GB,2027/1/31,cake",
    ] {
        let user = one(&table.replace('；', ";"));
        assert_eq!((user.draft.name.as_str(), user.password.as_str()), ("anna", "secret"), "{table}");
        assert_eq!((user.draft.method.name(), user.draft.quota), ("aes-256-gcm", Some(Bytes::new(5 << 30))), "{table}");
        assert_eq!(user.draft.expires.unwrap().to_string(), "2027-01-31", "{table}");
        assert_eq!(user.draft.note.as_str(), "cake", "{table}");
    }
}
