import Foundation

/// A moment as a page says it: "today, 14:02", "27 Feb", "27 Feb 2025", in the server's time zone. A script turns it
/// into the reader's own.
struct Moment {
  let words: String
  /// ISO 8601, for `<time datetime>`.
  let timestamp: String

  init(_ date: Date, now: Date, timeZone: TimeZone = .current) {
    timestamp = Timestamp.text(date)
    let day = Day(date, timeZone)
    let today = Day(now, timeZone)
    let hours = day.secondOfDay / 3600
    let minutes = day.secondOfDay / 60 % 60
    let time = "\(hours < 10 ? "0" : "")\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
    switch today.number - day.number {
    case 0: words = "today, \(time)"
    case 1: words = "yesterday, \(time)"
    default:
      let parts = Timestamp.text(Date(timeIntervalSince1970: Double(day.number) * 86_400)).prefix(10).split(separator: "-")
      let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
      guard parts.count == 3, let month = Int(parts[1]), let dayOfMonth = Int(parts[2]), months.indices.contains(month - 1)
      else {
        words = timestamp
        return
      }
      let isThisYear = parts[0] == Timestamp.text(now).prefix(4)
      words = "\(dayOfMonth) \(months[month - 1])" + (isThisYear ? "" : " \(parts[0])")
    }
  }

  private struct Day {
    let number: Int
    let secondOfDay: Int
    init(_ date: Date, _ timeZone: TimeZone) {
      let seconds = Int(date.timeIntervalSince1970.rounded(.down)) + timeZone.secondsFromGMT(for: date)
      number = Int((Double(seconds) / 86_400).rounded(.down))
      secondOfDay = seconds - number * 86_400
    }
  }
}

/// Seconds as people write and say them.
enum Clock {
  /// "1:32"
  static func text(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
  }

  /// "1 minute 32 seconds"
  static func spoken(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    let minutes = whole / 60
    let rest = whole % 60
    let words = [(minutes, "minute"), (rest, "second")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return words.isEmpty ? "0 seconds" : words.joined(separator: " ")
  }
}
