//! The sidebar: pages of fifteen, newest first, live in every tab.

use super::{TestApp, on_both_engines};
use crate::model::{Notice, Position};

on_both_engines! {
    async fn threads_come_fifteen_a_page_newest_first(app: TestApp) {
        let ada = app.admin().await;
        let mut made = Vec::new();
        for n in 0..32 {
            let started = ada.start(&format!("echo thread number {n}")).await.unwrap();
            ada.open(started.thread).await.settled().await;
            made.push(started.thread);
        }
        let mut listed = Vec::new();
        for page in 0..3 {
            let list = ada.sidebar(page).await.unwrap();
            assert_eq!((list.page, list.pages, list.total), (page, 3, 32));
            assert_eq!(list.items.len(), [15, 15, 2][page as usize]);
            listed.extend(list.items);
        }
        let ids: Vec<_> = listed.iter().map(|row| row.id).collect();
        made.reverse();
        assert_eq!(ids, made);
        assert!(listed.is_sorted_by(|a, b| a.last_message_at >= b.last_message_at));
        assert_eq!(listed[0].snippet, "thread number 31");
        assert!(!listed[0].running);
        // Beyond the end is the last page; deleting its rows makes it end earlier.
        assert_eq!(ada.sidebar(99).await.unwrap().page, 2);
        for id in &ids[30..] {
            ada.delete(*id).await.unwrap();
        }
        let last = ada.sidebar(2).await.unwrap();
        assert_eq!((last.page, last.pages, last.total), (1, 2, 30));
        // A new message brings an old thread to the top.
        ada.submit(ids[29], "echo again").await.unwrap();
        assert_eq!(ada.sidebar(0).await.unwrap().items[0].id, ids[29]);
    }

    async fn every_tab_hears_of_new_threads_names_and_ends(app: TestApp) {
        let ada = app.admin().await;
        let mut tab = ada.events(None, Position { user: ada.sidebar(0).await.unwrap().seq, thread: None }, None).await.unwrap();
        let started = ada.start("hold live words").await.unwrap();
        let is = move |notice: &Notice| matches!(notice, Notice::Thread { summary } if summary.id == started.thread);
        let Notice::Thread { summary } = tab.notice(is).await else { unreachable!() };
        assert!(summary.running);
        ada.rename(started.thread, "Renamed").await.unwrap();
        let Notice::Thread { summary } = tab.notice(is).await else { unreachable!() };
        assert_eq!(summary.title.as_deref(), Some("Renamed"));
        app.demo.reached("live", 1).await;
        app.demo.release("live");
        let settled = move |notice: &Notice| is(notice) && matches!(notice, Notice::Thread { summary } if !summary.running);
        let Notice::Thread { summary } = tab.notice(settled).await else { unreachable!() };
        assert!(summary.snippet.contains("words"), "{summary:?}");
        ada.delete(started.thread).await.unwrap();
        tab.notice(|notice| *notice == Notice::Removed { id: started.thread }).await;
    }
}
