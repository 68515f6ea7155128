import ParlaFiles

extension JSONValue {
  /// The words of the longest list of phrases are a fifth of this.
  private static let mostValues = 50_000

  /// Reads a message of a protocol, which may be as long as the sound in it but never has many values.
  ///
  /// - Throws: `RequestFailure` for what is no JSON object, or has more values than any message needs.
  init(message text: String) throws(RequestFailure) {
    try self.init(message: Array(text.utf8))
  }

  init(message bytes: [UInt8]) throws(RequestFailure) {
    let count = bytes.count(where: { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
    })
    guard count <= Self.mostValues else {
      throw .bad(
        "The message has more than \(Self.mostValues) values, expected what the protocol needs.")
    }
    guard let json = try? JSONValue(bytes: bytes), json.members != nil else {
      throw .bad("The message is no JSON object.")
    }
    self = json
  }
}
