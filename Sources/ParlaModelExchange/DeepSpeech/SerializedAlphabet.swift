import Foundation
import ParlaAcousticModel
import ParlaTranscripts

/// An alphabet as DeepSpeech's models carry it (DeepSpeech 0.9.3, `native_client/alphabet.cc`, `Alphabet::Serialize`):
/// the number of labels, then of each its number, its length in bytes and its bytes, all numbers in 16 bits.
extension Alphabet {
  /// Reads the alphabet that a model at `path` carries.
  ///
  /// Single bytes from 1 to 255 are those of a model in bytes output mode.
  ///
  /// - Throws: `ModelError.damaged`, `.foreignModel` for labels that are no characters.
  init(serialized data: Data, path: String) throws(ModelError) {
    let bytes = [UInt8](data)
    var position = 0
    func number() throws(ModelError) -> Int {
      guard position + 2 <= bytes.count else {
        throw .damaged(path: path, reason: "its alphabet is cut off")
      }
      defer { position += 2 }
      return Int(bytes[position]) | Int(bytes[position + 1]) << 8
    }
    let count = try number()
    if data == Alphabet.bytes.serialized {
      self = .bytes
      return
    }
    var labels: [Int: String] = [:]
    for _ in 0..<count {
      let (label, length) = (try number(), try number())
      guard position + length <= bytes.count else {
        throw .damaged(path: path, reason: "its alphabet is cut off")
      }
      let text = bytes[position..<position + length]
      position += length
      guard let character = String(validating: text, as: UTF8.self) else {
        throw .foreignModel(
          path: path, found: "the label \(label), whose \(length) bytes are no UTF-8",
          expected: "characters, or the bytes from 1 to 255 (--bytes_output_mode)")
      }
      labels[label] = character
    }
    let sorted = labels.sorted { $0.key < $1.key }
    guard sorted.map(\.key) == Array(0..<count) else {
      throw .damaged(
        path: path, reason: "its alphabet does not number the labels from 0 to \(count - 1)")
    }
    do { try self.init(labels: sorted.map(\.value)) } catch {
      throw .damaged(path: path, reason: "\(error)")
    }
  }

  /// The alphabet as a model carries it.
  var serialized: Data {
    var bytes: [UInt8] = []
    func append(_ number: Int) {
      bytes.append(UInt8(truncatingIfNeeded: number))
      bytes.append(UInt8(truncatingIfNeeded: number >> 8))
    }
    append(labels.count)
    for label in labels.indices {
      let text = utf8(label)
      append(label)
      append(text.count)
      bytes += text
    }
    return Data(bytes)
  }
}
