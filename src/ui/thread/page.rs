//! `/chat/thread/<id>`.

use crate::ui::dynamic::effect;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};

use super::{
    END, ROWS, Running, SCROLLER, SHEET,
    announce::Announcer,
    ask::AskDelete,
    asked::Asked,
    composer::Composer,
    follow::{Follower, JumpButton},
    forms::Forms,
    header::Header,
    keys::thread_keys,
    list::MessageList,
    told::tell_failures,
};
use crate::{
    api::threads::FindPlace,
    browser::{self, at},
    model::{Error, ThreadId},
    state::{Desk, Opened, QUESTIONS, ThreadData, ThreadView, page_data},
    ui::{
        lead::use_lead,
        missing::{NoSuchPage, NotLoaded},
        sidebar::DrawerButton,
        tab::Tab,
        widgets::{Icon, Shape},
        words::t,
    },
};

/// The page of one thread. Its one blocking resource is the snapshot, with which the first paint is the whole page.
#[component]
pub fn ThreadPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<ThreadId>().ok()));
    let before = Memo::new(move |_| query.with(|query| query.get("before")?.parse::<i64>().ok()));
    let data = page_data(
        move || (id.get(), before.get(), query.with_untracked(question)),
        |(id, before, asked)| async move {
            let data = ThreadData::load(id, before).await?;
            let opened = match (id, asked) {
                (Some(id), Some((question, message))) => Opened::load(id, question, &message).await.unwrap_or(None),
                _ => None,
            };
            Ok((data, before, opened))
        },
    );
    let desk = Tab::here().desk;
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match (data.await, desk.await) {
                    (Ok((data, before, opened)), Ok(desk)) => {
                        // A closure is built anew as a whole. Without it the next thread would be patched into the
                        // elements of this one, which hold text that no view knows of.
                        (move || {
                            let (data, desk, opened) = (data.clone(), desk.clone(), opened.clone());
                            view! { <ThreadBody data desk before opened/> }
                        })
                            .into_any()
                    }
                    (Err(Error::NotFound), _) => view! { <Missing/> }.into_any(),
                    // The layout leads to where one signs in.
                    (Err(Error::Unauthorized), _) => ().into_any(),
                    (Err(error), _) | (_, Err(error)) => view! { <NotLoaded error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What the address asks about a message, and which.
fn question(query: &ParamsMap) -> Option<(&'static str, String)> {
    QUESTIONS.iter().find_map(|question| Some((*question, query.get(question)?)))
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <header class="bar" data-bare>
            <DrawerButton/>
        </header>
        <NoSuchPage/>
    }
}

/// The page, once its thread is here. `before` is set where it shows older rows, without what comes after them.
#[component]
fn ThreadBody(data: ThreadData, desk: Desk, before: Option<i64>, opened: Option<Opened>) -> impl IntoView {
    let seq = data.0.seq;
    let thread = ThreadView::new(data.0);
    let tab = Tab::here();
    tab.person.begin(&desk.visitor);
    let follower = Follower::new();
    provide_context(follower);
    provide_context(Forms::new(thread.clone(), opened, follower));
    let run = thread.run.clone();
    provide_context(Running(Signal::derive(move || run.with(Option::is_some))));

    if let Some(before) = before {
        thread.ends_before(before);
    } else {
        let connection = tab.connection.clone();
        let watched = thread.clone();
        effect({
            let connection = connection.clone();
            let thread = thread.clone();
            move || connection.watch(thread.clone(), seq)
        });
        follower.start(thread.clone(), connection.clone());
        on_cleanup(move || connection.leave(&watched));
    }
    effect({
        let rows = thread.rows.clone();
        move || {
            rows.track();
            browser::mark_measured(ROWS);
        }
    });
    thread_keys(follower);
    leave_when_gone(&thread);
    tell_failures(&tab, &thread);

    // The head is written when the page's own signals may be gone: this one belongs to nobody.
    let head = {
        let (title, untitled) = (thread.title.clone(), t("chat.thread.untitled"));
        move || title.get().unwrap_or_else(|| untitled.to_owned())
    };
    let title = {
        let (title, untitled) = (thread.title.clone(), t("chat.thread.untitled"));
        Signal::derive(move || title.get().unwrap_or_else(|| untitled.to_owned()))
    };
    let origin = thread.origin.clone().map(|origin| {
        let address = at(&format!("/chat/thread/{}#row-{}", origin.thread, origin.message));
        let title = origin.title.unwrap_or_else(|| t("chat.thread.untitled").to_owned());
        view! {
            <p class="list-note quiet">
                <Icon shape=Shape::Fork/>
                {t("fork.of")}
                <a href=address>{title}</a>
            </p>
        }
    });
    let mended = thread.mended.then(|| view! { <p class="list-note" role="status">{t("chat.mended")}</p> });
    let ask = use_query_map().with_untracked(|query| query.get("delete").is_some());
    view! {
        <Title text=head/>
        <Header thread=thread.clone() title/>
        {ask.then(|| view! { <AskDelete id=thread.id title/> })}
        <Asked thread=thread.id title models=desk.models.clone()/>
        <div id=SCROLLER class="scroller" tabindex="-1">
            <div id=SHEET class="sheet">
                {origin}
                {mended}
                <MessageList thread=thread.clone()/>
                <div class="dock">
                    {match before {
                        Some(_) => {
                            let next = thread.rows.with_untracked(|rows| rows.last().map_or(0, |row| row.sequence + 1));
                            view! {
                                <form class="past quiet" method="post" action=at(FindPlace::url())>
                                    <input type="hidden" name="id" value=thread.id.to_string()/>
                                    {t("chat.past")}
                                    <button type="submit" class="link" name="from" value=next.to_string()>
                                        {t("chat.later")}
                                    </button>
                                    <a id=END href=at(&format!("/chat/thread/{}", thread.id))>
                                        {t("chat.end")}
                                    </a>
                                </form>
                            }
                                .into_any()
                        }
                        None => {
                            view! {
                                <JumpButton follower/>
                                <Composer thread=thread.clone() models=desk.models/>
                            }
                                .into_any()
                        }
                    }}
                </div>
            </div>
        </div>
        <Announcer thread/>
    }
    .into_any()
}

/// A thread that is deleted, here or elsewhere, leads to where a new one begins.
fn leave_when_gone(thread: &ThreadView) {
    let (gone, lead) = (thread.gone.clone(), use_lead());
    effect(move || {
        if gone.get() {
            lead("/chat", true);
        }
    });
}
