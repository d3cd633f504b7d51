import FastCGI
import Foundation
import Secrets
import Store

/// The reader's own data as a file, on the account page.
struct DataSection: TemplateModel {
  /// "It is being made; reload the page in a while."
  let state: String?
  /// Nil until it is there.
  let url: String?
  /// "12.4 MB"
  let size: String
  let mayAsk: Bool

  static let fields: TemplateFields<Self> = [
    "dataState": .optional(\.state), "dataURL": .optional(\.url), "dataSize": .text(\.size), "mayAskForData": .flag(\.mayAsk),
  ]

  static let sample = DataSection(state: "Made today, 14:02; it is kept for a day.", url: "/account/data", size: "12.4 MB", mayAsk: true)
}

extension DataSection {
  init(_ export: DataExport?, now: Date) {
    let made = export?.endedAt.map { Moment($0, now: now).words } ?? ""
    state = switch export?.state {
    case nil: nil
    case .queued, .making: "It is being made. Reload the page in a while."
    case .ready: "Made \(made); it is kept for a day."
    case .failed: "It could not be made: \(export?.errorMessage ?? "")"
    }
    url = export?.state == .ready ? "/account/data" : nil
    size = ByteCount.text(export?.bytes ?? 0)
    mayAsk = export.map { [.ready, .failed].contains($0.state) } ?? true
  }
}

extension Routes {
  @Sendable static func requestData(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    _ = try context.store.requestExport(userID: user.id, name: Secrets.randomToken(bytes: 24))
    context.note(.dataExported, by: user)
    context.studio.wakeWorker()
    return .redirect(to: Address.account.path + "#data")
  }

  /// The archive, sent by nginx.
  @Sendable static func sendData(_ context: Context, _ user: User) throws -> Response {
    guard let export = try context.store.export(userID: user.id), export.state == .ready else { throw HTTPError.notFound }
    let day = Timestamp.text(export.endedAt ?? export.requestedAt).prefix(10)
    return Response().with("Content-Type", "application/zip").with("Cache-Control", "private, no-store")
      .with("Content-Disposition", "attachment; \(FileName.parameters(of: "\(user.name) \(day).zip"))")
      .with("X-Accel-Redirect", "/_protected/exports/\(export.name).zip")
  }
}
