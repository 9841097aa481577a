// The values of configuration files by kind: each accessor refuses what is of another kind or out of range.
import Foundation

extension ConfigurationFile {
  /// A whole number within `range`; `fallback` where the key is absent.
  func integer(
    _ key: String, in range: ClosedRange<Int>, fallback: Int? = nil
  ) throws(ModelFault) -> Int {
    if let value = try optionalInteger(key, in: range) { return value }
    guard let fallback else { throw .configuration(path: path, reason: "no \(name(key))") }
    return fallback
  }

  /// A whole number within `range`; nil where the key is absent.
  func optionalInteger(
    _ key: String, in range: ClosedRange<Int>
  ) throws(ModelFault) -> Int? {
    guard has(key) else { return nil }
    guard let value = Self.whole(object[key]), range.contains(value) else {
      throw wrong(
        key, "is out of range",
        wanted: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// One whole number within `range` or a list of them; nil where the key is absent.
  func integers(_ key: String, in range: ClosedRange<Int>) throws(ModelFault) -> [Int]? {
    guard let list = object[key] as? [Any] else {
      return try optionalInteger(key, in: range).map { [$0] }
    }
    let values = list.compactMap(Self.whole)
    guard values.count == list.count, values.allSatisfy(range.contains) else {
      throw wrong(
        key, "holds what is out of range",
        wanted: "whole numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return values
  }

  /// A finite number; `fallback` where the key is absent.
  func double(_ key: String, fallback: Double) throws(ModelFault) -> Double {
    try number(key, in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
      ?? fallback
  }

  /// A number within `range`; nil where the key is absent.
  func number(_ key: String, in range: ClosedRange<Double>) throws(ModelFault) -> Double? {
    guard has(key) else { return nil }
    guard let value = Self.real(object[key]), range.contains(value) else {
      throw wrong(
        key, "is out of range", wanted: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A number above `bound` and at most `limit`; nil where the key is absent.
  func number(
    _ key: String, above bound: Double, upTo limit: Double
  ) throws(ModelFault) -> Double? {
    guard has(key) else { return nil }
    guard let value = Self.real(object[key]), value > bound, value <= limit else {
      throw wrong(key, "is out of range", wanted: "a number above \(bound), at most \(limit)")
    }
    return value
  }

  /// True or false; `fallback` where the key is absent.
  func flag(_ key: String, fallback: Bool) throws(ModelFault) -> Bool {
    guard has(key) else { return fallback }
    guard let number = object[key] as? NSNumber, Self.isBoolean(number) else {
      throw wrong(key, wanted: "true or false")
    }
    return number.boolValue
  }

  /// Longest string read: they are names, and messages and searches for the nearest one repeat them.
  private static var textLimit: Int { 1_024 }

  /// A string; nil where the key is absent.
  func text(_ key: String) throws(ModelFault) -> String? {
    guard has(key) else { return nil }
    guard let text = object[key] as? String, text.utf8.count <= Self.textLimit else {
      throw wrong(key, wanted: "a string of at most \(Self.textLimit) bytes")
    }
    return text
  }

  /// A list of strings; nil where the key is absent.
  func texts(_ key: String) throws(ModelFault) -> [String]? {
    guard has(key) else { return nil }
    guard let texts = object[key] as? [String],
      texts.allSatisfy({ $0.utf8.count <= Self.textLimit })
    else {
      throw wrong(key, wanted: "a list of strings of at most \(Self.textLimit) bytes")
    }
    return texts
  }

  /// The value as a whole number when it is exactly one.
  private static func whole(_ value: Any?) -> Int? {
    guard let number = value as? NSNumber, !isBoolean(number) else { return nil }
    return number as? Int
  }

  private static func real(_ value: Any?) -> Double? {
    guard let number = value as? NSNumber, !isBoolean(number) else { return nil }
    return number.doubleValue.isFinite ? number.doubleValue : nil
  }
}
