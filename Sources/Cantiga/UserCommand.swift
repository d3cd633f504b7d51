import ArgumentParser
import Foundation
import Secrets
import Store

/// `cantiga user`: accounts from the command line.
struct UserCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Make and list users; let one in again.", subcommands: [Create.self, List.self, Reset.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a user. The password is read from standard input, so that it stands in no history.")
    @OptionGroup var data: DataOption
    @Option(help: "The name to sign in with, 1 to 60 characters.") var name: String
    @Option(help: "The e-mail address.") var email: String?
    @Flag(help: "An administrator.") var admin = false
    @Flag(help: "No password: the user can't sign in, only use keys.") var noPassword = false

    func validate() throws {
      guard (1...60).contains(name.count) else { throw ValidationError("--name must have 1 to 60 characters.") }
    }

    func run() throws {
      var hash: String?
      if !noPassword {
        if isatty(0) == 1 { FileHandle.standardError.write(Data("Password: ".utf8)) }
        guard let password = readLine(strippingNewline: true) else { throw ValidationError("A password is expected on standard input.") }
        guard PasswordRule.allows(password) else { throw ValidationError("The password \(PasswordRule.sentence)") }
        hash = PasswordHash.make(password)
      }
      let store = try data.open().openStore()
      let user = try store.createUser(name: name, email: email, role: admin ? .admin : .member, passwordHash: hash)
      try store.note(.accountMade, by: user, from: "command line")
      print("Made \(user.role.rawValue) \(user.name).")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the users.")
    @OptionGroup var data: DataOption

    func run() throws {
      for user in try data.open().openStore().users() {
        let fields = [user.name, user.email ?? "-", user.role.rawValue, user.isActive ? "active" : "disabled", user.passwordHash == nil ? "no password" : "password"]
        print(fields.joined(separator: "\t"))
      }
    }
  }

  struct Reset: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the path of a link that sets a user's password: for an administrator who has forgotten theirs.")
    @OptionGroup var data: DataOption
    @Option(help: "The user's name or e-mail address.") var name: String

    func run() throws {
      let store = try data.open().openStore()
      guard let user = try store.user(named: name), user.isActive else { throw ValidationError("There is no active user \(name).") }
      let secret = Secrets.randomToken(bytes: 24)
      try store.createLink(
        .reset(userID: user.id), secretHash: Secrets.hash(secret), expiresAt: Date(timeIntervalSinceNow: 86_400))
      try store.note(.resetLinkMade, by: nil, from: "command line", detail: user.name)
      try store.close()
      print("/reset/\(secret)")
    }
  }
}
