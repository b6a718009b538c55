//! Which messages of the outbox are found, and in which order?

use super::*;

on_both!(messages_are_found_by_state_and_channel_and_page_by_page);

async fn messages_are_found_by_state_and_channel_and_page_by_page(stores: Stores) {
    let shelf = stores.shelf().await;
    let store = shelf.open().await;
    let mut write = store.write().await.unwrap();
    // Two of each second, so that a page may end between equals.
    for number in 0..6 {
        let channel = if number % 2 == 0 { "ops" } else { "team" };
        let state = if number < 2 { OutboxState::Dead } else { OutboxState::Pending };
        let row = OutboxRow::new(channel, "test", None, "{}".to_owned(), at(number / 2));
        // Identifiers of one moment are in no order; the sequence of an incident is.
        let (id, sequence) = (format!("msg_{number}"), i64::from(number % 2 == 0));
        let row = OutboxRow { id, state, sequence, ..row };
        write.put_outbox(&row).await.unwrap();
    }
    write.commit().await.unwrap();
    let found = async |wanted: Wanted<'_>, limit| -> Vec<String> {
        let rows = store.outbox(wanted, limit).await.unwrap();
        rows.into_iter().map(|row| row.id.replace("msg_", "")).collect()
    };
    let all = Wanted::default();
    assert_eq!(found(all, 10).await, ["4", "5", "2", "3", "0", "1"]);
    assert_eq!(found(Wanted { channel: Some("team"), ..all }, 10).await, ["5", "3", "1"]);
    let dead = Wanted { state: Some(OutboxState::Dead), ..all };
    assert_eq!(found(dead, 10).await, ["0", "1"]);
    assert_eq!(found(Wanted { channel: Some("ops"), ..dead }, 10).await, ["0"]);
    assert!(found(Wanted { channel: Some("nobody"), ..all }, 10).await.is_empty());
    for (last, next) in [("4", &["5", "2"][..]), ("5", &["2", "3"]), ("1", &[])] {
        let last = store.outbox_row(&format!("msg_{last}")).await.unwrap();
        assert_eq!(found(Wanted { after: last.as_ref(), ..all }, 2).await, next, "after {last:?}");
    }
}
