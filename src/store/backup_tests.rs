use std::io::{Seek as _, SeekFrom, Write as _};

use super::super::tests::Fixture;
use super::*;

async fn copied(fixture: &Fixture) -> (PathBuf, Result<Copied, BackupError>, Vec<Progress>) {
    let into = fixture.path.with_file_name("copy.db");
    let mut steps = Vec::new();
    let made = copy(&fixture.path, &into, &mut |step| steps.push(step)).await;
    (into, made, steps)
}

async fn with_a_sleeper(name: &str) -> Fixture {
    let mut fixture = Fixture::new(name).await;
    fixture.sleeper().await;
    fixture
}

/// Where `text` begins in the file.
fn find(file: &Path, text: &str) -> u64 {
    let bytes = std::fs::read(file).unwrap();
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes());
    u64::try_from(at.expect("the text stands in the file")).unwrap()
}

fn overwrite(file: &Path, at: u64, with: &[u8]) {
    let mut opened = std::fs::File::options().write(true).open(file).unwrap();
    opened.seek(SeekFrom::Start(at)).unwrap();
    opened.write_all(with).unwrap();
}

#[tokio::test]
async fn a_copy_of_a_database_in_use_opens_as_the_database_it_was() {
    let fixture = with_a_sleeper("backup-whole").await;
    // Not in the snapshot: it is not committed.
    let unfinished = fixture.store.change().await.unwrap();
    let (into, made, steps) = copied(&fixture).await;
    drop(unfinished);
    let made = made.unwrap();
    assert_eq!(verify(&into).await.unwrap(), made);
    assert!(made.rows > 1 && made.bytes > 0 && made.digest.len() == 64, "{made:?}");
    let last = steps.last().unwrap();
    assert_eq!((last.done, steps.len() as u64), (last.steps, last.steps));
    let restored = super::super::Store::open(&into).await.unwrap();
    assert_eq!(restored.list_sleepers().await.unwrap(), fixture.store.list_sleepers().await.unwrap());
    restored.close().await;
}

#[tokio::test]
async fn a_copy_has_every_table_and_index_and_nothing_else() {
    let fixture = with_a_sleeper("backup-schema").await;
    let (into, made, _) = copied(&fixture).await;
    made.unwrap();
    let mut names = Vec::new();
    for file in [&fixture.path, &into] {
        let mut connection = connect(file, false).await.unwrap();
        let made = schema(&mut connection).await.unwrap();
        names.push(made.into_iter().map(|made| (made.kind, made.name, made.sql)).collect::<Vec<_>>());
        connection.close().await.unwrap();
    }
    assert_eq!(names[0], names[1]);
    assert!(names[0].iter().any(|(kind, ..)| kind == "index"));
}

#[cfg(unix)]
#[tokio::test]
async fn two_copies_into_one_file_do_not_disturb_each_other() {
    let fixture = with_a_sleeper("backup-twice").await;
    let part = fixture.path.with_file_name("copy.db.part");
    let mut first = claim(&part).unwrap();
    first.write_all(b"half of it").unwrap();
    let (into, refused, _) = copied(&fixture).await;
    assert!(matches!(refused, Err(BackupError::Busy(_))), "{refused:?}");
    assert_eq!((std::fs::read(&part).unwrap(), into.exists()), (b"half of it".to_vec(), false));
    // It was broken off, as by a power cut, and somebody has done as told.
    std::fs::remove_file(&part).unwrap();
    let (into, made, _) = copied(&fixture).await;
    assert_eq!(verify(&into).await.unwrap(), made.unwrap());
    assert!(!part.exists());
}

#[tokio::test]
async fn a_copy_is_for_its_owners_eyes_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = with_a_sleeper("backup-private").await;
    let (into, made, _) = copied(&fixture).await;
    made.unwrap();
    assert_eq!(std::fs::metadata(&into).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn one_changed_letter_in_a_copy_is_noticed() {
    let fixture = with_a_sleeper("backup-letter").await;
    let (into, made, _) = copied(&fixture).await;
    let digest = made.unwrap().digest;
    overwrite(&into, find(&into, "Anna"), b"Hanna"[..4].as_ref());
    // SQLite sees nothing wrong with it.
    assert_ne!(verify(&into).await.unwrap().digest, digest);
}

#[tokio::test]
async fn a_torn_copy_is_refused() {
    let fixture = with_a_sleeper("backup-torn").await;
    let (into, made, _) = copied(&fixture).await;
    let bytes = made.unwrap().bytes;
    std::fs::File::options().write(true).open(&into).unwrap().set_len(bytes / 2).unwrap();
    assert!(verify(&into).await.is_err());
}

#[tokio::test]
async fn a_copy_that_cannot_be_made_leaves_nothing_behind() {
    let fixture = with_a_sleeper("backup-nowhere").await;
    let into = fixture.path.with_file_name("missing").join("copy.db");
    let refused = copy(&fixture.path, &into, &mut |_| {}).await.unwrap_err();
    assert!(matches!(refused, BackupError::File { .. }), "{refused}");
    let absent = fixture.path.with_file_name("absent.db");
    let into = fixture.path.with_file_name("copy.db");
    let refused = copy(&absent, &into, &mut |_| {}).await.unwrap_err();
    assert!(matches!(refused, BackupError::Store(_)), "{refused}");
    let left: Vec<_> = std::fs::read_dir(fixture.path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("copy") || name.contains("absent"))
        .collect();
    assert_eq!(left, [""; 0]);
}

#[tokio::test]
async fn rows_that_point_nowhere_are_told() {
    let fixture = with_a_sleeper("backup-orphans").await;
    let mut connection = connect(&fixture.path, false).await.unwrap();
    run(&mut connection, "DELETE FROM sleepers".to_owned()).await.unwrap();
    let orphan =
        "INSERT INTO answer_times (sleeper_id, mode, took_ms, answered_at_ms) VALUES ('x', 'realtime', 1, 1)";
    run(&mut connection, orphan.to_owned()).await.unwrap();
    connection.close().await.unwrap();
    let (_, made, _) = copied(&fixture).await;
    let refused = made.unwrap_err();
    assert!(matches!(&refused, BackupError::Differs(what) if what.contains("refer to rows")), "{refused}");
}

#[tokio::test]
async fn a_copy_that_is_put_back_counts_as_put_back_and_what_was_there_lies_beside_it() {
    let mut fixture = Fixture::new("backup-back").await;
    fixture.store.next_generation(fixture.now).await.unwrap();
    let (copy, made, _) = copied(&fixture).await;
    let made = made.unwrap();
    fixture.sleeper().await;
    let refused = put_back(&copy, &fixture.path, "now").await.unwrap_err();
    assert!(matches!(refused, BackupError::Store(StoreError::InUse { .. })), "{refused}");
    fixture.store.close().await;
    let done = put_back(&copy, &fixture.path, "now").await.unwrap();
    assert_eq!(done.copied, made);
    let aside = done.aside.unwrap();
    assert_eq!(aside, fixture.path.with_file_name("coach.db.before-restore-now"));
    let restored = super::super::Store::open(&fixture.path).await.unwrap();
    assert_eq!(restored.list_sleepers().await.unwrap(), []);
    assert!(restored.is_restored().await.unwrap());
    restored.close().await;
    let before = super::super::Store::open(&aside).await.unwrap();
    assert_eq!(before.list_sleepers().await.unwrap().len(), 1);
    before.close().await;
}

#[tokio::test]
async fn a_copy_that_is_not_sound_is_not_put_back() {
    let fixture = with_a_sleeper("backup-unsound").await;
    let file = fixture.path.with_file_name("notes.txt");
    std::fs::write(&file, "not a database at all, though it is long enough to be looked at").unwrap();
    let path = fixture.path.clone();
    fixture.store.close().await;
    put_back(&file, &path, "now").await.unwrap_err();
    let there = super::super::Store::open(&path).await.unwrap();
    assert_eq!(there.list_sleepers().await.unwrap().len(), 1);
    there.close().await;
}

#[tokio::test]
async fn what_is_no_copy_of_ours_is_not_taken_for_one() {
    let fixture = with_a_sleeper("backup-foreign").await;
    let empty = fixture.path.with_file_name("empty.db");
    std::fs::write(&empty, "").unwrap();
    let foreign = fixture.path.with_file_name("foreign.db");
    drop(claim(&foreign).unwrap());
    let mut connection = connect(&foreign, true).await.unwrap();
    run(&mut connection, "CREATE TABLE sleepers (id)".to_owned()).await.unwrap();
    connection.close().await.unwrap();
    for file in [empty, foreign] {
        let refused = verify(&file).await.unwrap_err();
        assert!(matches!(refused, BackupError::Foreign(_)), "{refused}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_that_cannot_be_put_back_leaves_the_database_where_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = with_a_sleeper("backup-no-room").await;
    let (copy, made, _) = copied(&fixture).await;
    made.unwrap();
    let path = fixture.path.clone();
    fixture.store.close().await;
    // Something lies where the copy is to be gathered, as on a disk without room.
    let in_the_way = unfinished(&path);
    std::fs::create_dir(&in_the_way).unwrap();
    let refused = put_back(&copy, &path, "now").await.unwrap_err();
    assert!(matches!(refused, BackupError::File { .. }), "{refused}");
    std::fs::remove_dir(&in_the_way).unwrap();
    let there = super::super::Store::open(&path).await.unwrap();
    assert_eq!(there.list_sleepers().await.unwrap().len(), 1);
    there.close().await;
    // Whoever could read the copy cannot read the database.
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
    put_back(&copy, &path, "now").await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
