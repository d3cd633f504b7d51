import Foundation
import Testing

@testable import Store

@Suite struct PlaylistTests {
  let store: Store
  let ana: User
  let ben: User
  init() throws {
    store = try Store.inMemory()
    ana = try store.member("Ana")
    ben = try store.member("Ben")
  }

  private func song(_ user: User) throws -> Int64 {
    let job = try store.enqueue(user)
    let claimed = try #require(try store.claimNextJob(now: at(2)))
    #expect(try claimed.id == job.id && store.finish(jobID: job.id, attempt: claimed.attempts, .sample(), now: at(3)))
    return job.id
  }

  private func order(_ id: Int64) throws -> [Int64] { try store.playlist(id: id, userID: ana.id)?.songs.map(\.id) ?? [] }

  @Test func songsKeepTheOrderThatTheyAreGiven() throws {
    let list = try store.createPlaylist(userID: ana.id, name: "Rain", now: at(0)).id
    let songs = try (0..<4).map { _ in try song(ana) }
    for id in songs + [songs[0]] { #expect(try store.add(jobID: id, toPlaylist: list, userID: ana.id)) }
    #expect(try order(list) == songs, "each is there once")
    #expect(try store.move(jobID: songs[3], inPlaylist: list, userID: ana.id, up: true))
    #expect(try order(list) == [songs[0], songs[1], songs[3], songs[2]])
    #expect(try store.remove(jobID: songs[1], fromPlaylist: list, userID: ana.id))
    #expect(try store.move(jobID: songs[0], inPlaylist: list, userID: ana.id, up: false))
    #expect(try order(list) == [songs[3], songs[0], songs[2]])
    #expect(try store.move(jobID: songs[3], inPlaylist: list, userID: ana.id, up: true) && store.move(jobID: songs[2], inPlaylist: list, userID: ana.id, up: false))
    #expect(try order(list) == [songs[3], songs[0], songs[2]], "the ends stay")
    #expect(try store.deleteJob(id: songs[0], userID: ana.id))
    #expect(try order(list) == [songs[3], songs[2]], "a deleted song is in no list")
    #expect(try store.playlists(userID: ana.id).map(\.songCount) == [2])
    #expect(try !store.remove(jobID: songs[1], fromPlaylist: list, userID: ana.id))
    #expect(try store.renamePlaylist(id: list, userID: ana.id, to: "Sun") && store.playlists(userID: ana.id).map(\.name) == ["Sun"])
    #expect(try store.deletePlaylist(id: list, userID: ana.id) && store.job(id: songs[2], userID: ana.id) != nil)
  }

  @Test func nobodyElseSeesOrChangesIt() throws {
    let list = try store.createPlaylist(userID: ana.id, name: "Rain").id
    let (hers, his) = (try song(ana), try song(ben))
    #expect(try store.playlist(id: list, userID: ben.id) == nil)
    #expect(try store.playlists(userID: ben.id).isEmpty)
    #expect(try !store.add(jobID: his, toPlaylist: list, userID: ben.id))
    #expect(try !store.add(jobID: his, toPlaylist: list, userID: ana.id), "nor is another's song put in")
    #expect(try store.add(jobID: hers, toPlaylist: list, userID: ana.id))
    #expect(try !store.move(jobID: hers, inPlaylist: list, userID: ben.id, up: true))
    #expect(try !store.remove(jobID: hers, fromPlaylist: list, userID: ben.id))
    #expect(try !store.renamePlaylist(id: list, userID: ben.id, to: "x") && !store.deletePlaylist(id: list, userID: ben.id))
    #expect(throws: StoreError.notFinished) { try store.add(jobID: store.enqueue(ana).id, toPlaylist: list, userID: ana.id) }
  }
}
