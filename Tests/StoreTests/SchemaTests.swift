import Foundation
import GRDB
import Testing

@testable import Store

@Suite struct SchemaTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Opens and upgrades a database written by each released schema; its rows must still be there.
  @Test func filesOfEverySchemaSoFarOpenWithTheirRows() throws {
    for name in Schema.migrator.migrations {
      let path = folder.path + "/\(name).sqlite"
      let old = try DatabaseQueue(path: path)
      try Schema.migrator.migrate(old, upTo: name)
      try old.write { db in
        try db.execute(
          sql: "INSERT INTO users (id, name, role, created_at) VALUES ('u', 'Ana', 'admin', 1000)")
        try db.execute(
          sql: """
            INSERT INTO jobs (user_id, task, song_type, status, engine, format, batch_size, seeds, created_at,
              updated_at, display_name, caption, request_json, search_text)
            VALUES ('u', 'simple', 'song', 'PENDING', 'score', 'flac', 1, '7', 1, 1, 'x', 'x', '{}', 'x')
            """)
      }
      try old.close()
      let store = try Store(path: path)
      #expect(try store.firstAdmin()?.name == "Ana")
      #expect(try store.claimNextJob()?.seeds == [7])
      // A second opening finds nothing to do.
      #expect(try Store(path: path).users().count == 1)
    }
  }

  @Test func aFileFromANewerVersionIsRefusedUntouched() throws {
    try Store(path: folder.database).close()
    let newer = try DatabaseQueue(path: folder.database)
    try newer.write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 from the future')")
    }
    try newer.close()
    #expect(throws: StoreError.newerSchema(unknown: ["999 from the future"])) {
      _ = try Store(path: folder.database)
    }
    #expect("\(StoreError.newerSchema(unknown: ["999"]))".contains("newer version"))
  }

  @Test func promisesAreSyncedAndMomentsAreNot() throws {
    let store = try Store(path: folder.database)
    func level(_ durability: Durability) throws -> Int? {
      try store.write(durability) { db in try Int.fetchOne(db, sql: "PRAGMA synchronous") }
    }
    for _ in 0..<2 {
      #expect(try level(.powerCut) == 2)
      #expect(try level(.processCrash) == 1)
    }
  }

  @Test func theHotQuestionsScanNoTable() throws {
    let store = try Store(path: folder.database)
    let user = try store.member("Ana")
    for _ in 0..<1000 { try store.enqueue(user) }
    let questions = [
      "SELECT * FROM jobs LEFT JOIN outputs ON outputs.job_id = jobs.id WHERE jobs.id = 1 ORDER BY outputs.variation",
      "SELECT * FROM api_keys JOIN users ON users.id = api_keys.user_id WHERE api_keys.secret_hash = 'x'",
      "SELECT * FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.token_hash = 'x'",
      Store.nextInTurn, Store.positionInTurn.replacingOccurrences(of: "?1", with: "1"),
      "SELECT * FROM jobs WHERE status IN ('PENDING', 'PROCESSING') AND (NULL IS NULL OR user_id = NULL)",
      "SELECT EXISTS (SELECT 1 FROM jobs WHERE status = 'PENDING')",
      "SELECT * FROM jobs WHERE user_id = 'u' ORDER BY jobs.created_at DESC, jobs.id DESC LIMIT 50",
    ]
    for question in questions {
      let plan = try store.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + question).map { $0["detail"] as String }
      }
      // The users of the queue are sorted by turn; everything else comes in order.
      #expect(!plan.contains { $0.hasPrefix("SCAN jobs") || $0.hasPrefix("SCAN api_keys") }, "\(question): \(plan)")
      #expect(!plan.contains { $0.contains("TEMP B-TREE FOR GROUP BY") }, "\(question): \(plan)")
      let sortsUsers = question == Store.nextInTurn
      #expect(sortsUsers || !plan.contains { $0.contains("TEMP B-TREE") }, "\(question): \(plan)")
    }
  }

  @Test func whatGoesToLogsQuotesNoStoredValue() throws {
    let store = try Store.inMemory()
    let ana = try store.member("Ana")
    _ = try store.createAPIKey(userID: ana.id, secretHash: "s3cret", prefix: "p", name: "n")
    #expect {
      _ = try store.createAPIKey(userID: ana.id, secretHash: "s3cret", prefix: "p", name: "n")
    } throws: { error in
      error is StoreError && !"\(error)".contains("s3cret")
    }
  }

  @Test func aFullDiskIsAnErrorThatSaysSo() throws {
    let store = try Store(path: folder.database)
    let ana = try store.member("Ana")
    let pages = try store.read { db in try #require(try Int.fetchOne(db, sql: "PRAGMA page_count")) }
    try store.database.writeWithoutTransaction { db in
      _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
    }
    #expect(throws: StoreError.diskFull) { for _ in 0..<500 { try store.enqueue(ana) } }
    let kept = try store.jobs(userID: ana.id).total
    try store.database.writeWithoutTransaction { db in
      _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = 100000")
    }
    try store.enqueue(ana)
    #expect(try store.jobs(userID: ana.id).total == kept + 1)
  }
}
