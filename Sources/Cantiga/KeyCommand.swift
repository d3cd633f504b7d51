import ArgumentParser
import Foundation
import Secrets
import Store

/// `cantiga key`: API keys, also while the server runs.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make, list and revoke API keys.", subcommands: [Create.self, List.self, Revoke.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key and print it alone on a line.",
      discussion: "Without --user it is the first administrator's, who is made (without a password) if there is none yet.")
    @OptionGroup var data: DataOption
    @Option(help: "What the key is for, 1 to 60 characters.") var name: String
    @Option(help: "The user's name or e-mail address.") var user: String?
    @Option(help: "Days until it expires; never when left out.") var expiresInDays: Int?

    func validate() throws {
      guard (1...60).contains(name.count) else { throw ValidationError("--name must have 1 to 60 characters.") }
      if let expiresInDays, !(1...36_500).contains(expiresInDays) {
        throw ValidationError("--expires-in-days must be between 1 and 36500.")
      }
    }

    func run() throws {
      let store = try data.open().openStore()
      let owner: User
      if let user {
        guard let found = try store.user(named: user) else { throw ValidationError("There is no user \(user).") }
        owner = found
      } else {
        owner = try store.firstAdmin(orCreateNamed: "admin")
      }
      let secret = KeySecret()
      _ = try store.createAPIKey(
        userID: owner.id, secretHash: secret.hash, prefix: secret.prefix, name: name,
        expiresAt: expiresInDays.map { Date(timeIntervalSinceNow: Double($0) * 86_400) })
      try store.note(.keyMade, by: owner, from: "command line", detail: "\(secret.prefix)…, *")
      try store.close()
      print(secret.text)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the keys; never their secrets.")
    @OptionGroup var data: DataOption

    func run() throws {
      let store = try data.open().openStore()
      let names = Dictionary(uniqueKeysWithValues: try store.users().map { ($0.id, $0.name) })
      for key in try store.apiKeys() {
        let fields = ["\(key.id)", key.prefix + "…", key.status().rawValue, names[key.userID] ?? "?", key.name]
        print(fields.joined(separator: "\t"))
      }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Revoke a key by its number in the list.")
    @OptionGroup var data: DataOption
    @Argument(help: "The key's number.") var id: Int64

    func run() throws {
      let store = try data.open().openStore()
      guard try store.revokeAPIKey(id: id, userID: nil) else { throw ValidationError("There is no living key \(id).") }
      try store.note(.keyRevoked, by: nil, from: "command line", detail: "key \(id)")
      print("Key \(id) is revoked.")
    }
  }
}
