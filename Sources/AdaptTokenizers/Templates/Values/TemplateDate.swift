// The date a template may print; handed in, so that a rendering can be repeated.
import Foundation

/// A day and a time of it, without a time zone.
package struct TemplateDate: Sendable, Equatable {
  package var year: Int
  package var month: Int
  package var day: Int
  package var hour: Int
  package var minute: Int
  package var second: Int

  package init(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0
  ) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// The time on this machine's clock and in its time zone.
  package static func now() -> TemplateDate {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .current
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second], from: Date())
    return TemplateDate(
      year: parts.year ?? 1970, month: parts.month ?? 1, day: parts.day ?? 1,
      hour: parts.hour ?? 0, minute: parts.minute ?? 0, second: parts.second ?? 0)
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  /// Days since Sunday, by Sakamoto's method for the Gregorian calendar.
  private var weekday: Int {
    let shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][(month - 1) % 12]
    let y = month < 3 ? year - 1 : year
    return (y + y / 4 - y / 100 + y / 400 + shift + day) % 7
  }

  /// The date as C's `strftime` writes it in English, or nil for a directive not known here.
  func text(_ format: String) -> String? {
    guard (1...12).contains(month), (1...31).contains(day), (0...9999).contains(year) else {
      return nil
    }
    var out = ""
    var scalars = format.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "%" else {
        out.unicodeScalars.append(scalar)
        continue
      }
      guard var directive = scalars.next() else { return nil }
      let pads = directive != "-"
      if !pads {
        guard let next = scalars.next() else { return nil }
        directive = next
      }
      guard let part = part(directive, pads: pads) else { return nil }
      out += part
    }
    return out
  }

  private func part(_ directive: Unicode.Scalar, pads: Bool) -> String? {
    func two(_ number: Int) -> String { pads && number < 10 ? "0\(number)" : "\(number)" }
    let month = Self.months[self.month - 1]
    let day = Self.days[weekday]
    switch directive {
    case "d": return two(self.day)
    case "e": return self.day < 10 && pads ? " \(self.day)" : "\(self.day)"
    case "m": return two(self.month)
    case "b", "h": return String(month.prefix(3))
    case "B": return month
    case "y": return two(year % 100)
    case "Y": return "\(year)"
    case "a": return String(day.prefix(3))
    case "A": return day
    case "H": return two(hour)
    case "I": return two((hour + 11) % 12 + 1)
    case "M": return two(minute)
    case "S": return two(second)
    case "p": return hour < 12 ? "AM" : "PM"
    case "F": return "\(year)-" + two(self.month) + "-" + two(self.day)
    case "T": return two(hour) + ":" + two(minute) + ":" + two(second)
    case "%": return "%"
    default: return nil
    }
  }
}
