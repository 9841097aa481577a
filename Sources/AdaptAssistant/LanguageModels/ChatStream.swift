// Reads what a chat endpoint sends: server-sent events, or one JSON object from servers that do not stream.
import Foundation

/// Turns the bytes of a response into pieces of the answer, as they arrive.
///
/// The last line is curl's own: `statusMark` and the HTTP status.
struct ChatStream {
  static let statusMark = "adapt-http-status:"
  /// No answer is longer than this, in bytes of the response.
  static let limit = 16 << 20
  /// Nor is the text in it, in bytes: far more than the tokens that were asked for.
  static let textLimit = 256 << 10

  private let url: String
  private var line: [UInt8] = []
  private var other: [UInt8] = []
  private var received = 0
  private var textReceived = 0
  private var status: Int?
  private var pieces = 0
  private var failure: String?

  init(url: String) {
    self.url = url
  }

  /// Takes the next bytes and gives the pieces of text that they complete.
  mutating func consume(_ bytes: some Sequence<UInt8>) throws(EndpointFault) -> [String] {
    var texts: [String] = []
    for byte in bytes {
      received += 1
      guard received <= Self.limit else { throw .tooLong(url: url, limit: Self.limit) }
      if byte == UInt8(ascii: "\n") {
        guard let text = endLine() else { continue }
        textReceived += text.utf8.count
        guard textReceived <= Self.textLimit else {
          throw .tooLong(url: url, limit: Self.textLimit)
        }
        texts.append(text)
      } else {
        line.append(byte)
      }
    }
    return texts
  }

  /// Judges the whole response once curl has ended, and gives what came as one JSON object.
  mutating func finish() throws(EndpointFault) -> [String] {
    if let text = endLine() { return [text] }
    let answer = Self.decode(other)
    if let status, !(200..<300).contains(status) {
      let message = failure ?? answer?.error?.message ?? Self.start(of: other)
      throw .refused(url: url, status: status, message: message)
    }
    if let message = failure ?? answer?.error?.message {
      throw .refused(url: url, status: status ?? 200, message: message)
    }
    guard pieces == 0 else { return [] }
    if let text = answer?.text, !text.isEmpty { return [text] }
    let start = Self.start(of: other)
    throw start.isEmpty || answer != nil ? .empty(url: url) : .garbage(url: url, start: start)
  }

  /// Sorts one line: an event's data, curl's status, or something else that is kept for `finish`.
  private mutating func endLine() -> String? {
    defer { line.removeAll(keepingCapacity: true) }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    guard !line.isEmpty else { return nil }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix(Self.statusMark) {
      status = Int(text.dropFirst(Self.statusMark.count))
      return nil
    }
    if text.hasPrefix(":") || text.hasPrefix("event:") || text.hasPrefix("id:") { return nil }
    guard text.hasPrefix("data:") else {
      other += line + [UInt8(ascii: "\n")]
      return nil
    }
    return event(Array(text.dropFirst("data:".count).utf8))
  }

  private mutating func event(_ data: [UInt8]) -> String? {
    guard let answer = Self.decode(data) else { return nil }
    if let message = answer.error?.message { failure = message }
    guard let piece = answer.text, !piece.isEmpty else { return nil }
    pieces += 1
    return piece
  }

  private static func decode(_ bytes: [UInt8]) -> Response? {
    try? JSONDecoder().decode(Response.self, from: Data(bytes))
  }

  private static func start(of bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(200), as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The part of a chat completion, whole or streamed, that carries the answer or the error.
  private struct Response: Decodable {
    struct Part: Decodable { var content: String? }
    struct Choice: Decodable {
      var delta: Part?
      var message: Part?
    }
    struct Failure: Decodable { var message: String }

    var choices: [Choice]?
    var error: Failure?

    var text: String? { choices?.first.flatMap { $0.delta?.content ?? $0.message?.content } }
  }
}
