import Foundation
import Testing

@testable import Store

@Suite struct WebhookTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func theScheduleDoublesUpToAnHour() {
    #expect((1...8).map(Store.webhookDelay(after:)) == [60, 120, 240, 480, 960, 1920, 3600, 3600])
  }

  @Test func whatIsQueuedOutlivesARestartAndAKilledAttemptIsMadeAgain() throws {
    let ana: User
    do {
      let store = try Store(path: folder.database)
      ana = try store.member("Ana")
      try store.set(.webhooks, to: WebhookPolicy.https.rawValue)
      let hook = try store.createWebhook(userID: ana.id, url: "https://a.example/", events: [.completed], secret: "s", now: at(0))
      _ = try store.testWebhook(id: hook.id, userID: ana.id, now: at(0))
      #expect(try store.claimDelivery(now: at(1))?.0.attempts == 1)
      try store.close()
    }
    let store = try Store(path: folder.database)
    #expect(try store.claimDelivery(now: at(60)) == nil)
    #expect(try store.claimDelivery(except: [ana.id], now: at(61)) == nil)
    #expect(try store.claimDelivery(now: at(61))?.0.attempts == 2)
    for attempt in 3...5 { #expect(try store.claimDelivery(now: at(Double(attempt) * 5000))?.0.attempts == attempt) }
    #expect(try store.claimDelivery(now: at(1e6)) == nil)
    try store.tidyDeliveries(now: at(1e6))
    #expect(try store.deliveries(userID: ana.id, limit: 9).first?.state == .failed)
    try store.tidyDeliveries(now: at(31 * 86_400))
    #expect(try store.deliveries(userID: ana.id, limit: 9).isEmpty)
  }

  @Test func oneSeesAndChangesOnlyOnesOwn() throws {
    let store = try Store.inMemory()
    let (ana, ben) = (try store.member("Ana"), try store.member("Ben"))
    try store.set(.webhooks, to: WebhookPolicy.https.rawValue)
    var hook = try store.createWebhook(userID: ana.id, url: "https://a.example/", events: [.failed, .cancelled], secret: "s", now: at(0))
    #expect(try store.webhooks(userID: ana.id) == [hook])
    #expect(try store.webhook(id: hook.id, userID: ben.id) == nil)
    #expect(try store.testWebhook(id: hook.id, userID: ben.id) == nil)
    let delivery = try #require(try store.testWebhook(id: hook.id, userID: ana.id, now: at(1)))
    #expect(try store.redeliver(id: delivery.id, userID: ben.id) == nil)
    #expect(try store.deliveries(userID: ben.id, limit: 9).isEmpty)
    #expect(try !store.deleteWebhook(id: hook.id, userID: ben.id))
    hook.isActive = false
    #expect(try store.update(hook))
    #expect(try store.claimDelivery(now: at(9)) == nil, "not while it is switched off")
    hook.isActive = true
    #expect(try store.update(hook))
    // Nor to somebody who is switched off.
    try store.createUser(name: "root", role: .admin)
    #expect(try store.setActive(userID: ana.id, false))
    #expect(try store.claimDelivery(now: at(9)) == nil)
    #expect(try store.deleteWebhook(id: hook.id, userID: ana.id))
    #expect(try store.deliveries(userID: ana.id, limit: 9).isEmpty)
    for number in 0..<Store.maximumWebhooks {
      _ = try store.createWebhook(userID: ben.id, url: "https://b.example/\(number)", events: [.failed], secret: "s")
    }
    #expect(throws: StoreError.tooManyWebhooks) { try store.createWebhook(userID: ben.id, url: "https://b.example/", events: [.failed], secret: "s") }
  }
}
