import Foundation
import ParlaAcousticModel
import ParlaModelExchange

/// The tables' checksums as they ought to be, where the blocks of `original` stood.
func repairedTable(_ bytes: [UInt8], like original: [UInt8]) -> [UInt8] {
  guard bytes.count == original.count else { return bytes }
  let checksum = CRC32C()
  var bytes = bytes
  // A block ends with its compression, 0, and its checksum; wherever the original's was right, the copy's is made so.
  for (range, place) in blocks(of: original, checksum) {
    let value = unsafe bytes[range].withUnsafeBytes { CRC32C.masked(unsafe checksum($0)) }
    for index in 0..<4 {
      bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
    }
  }
  return bytes
}

/// The blocks of a table, one after another from its start: their bytes with the compression, and their checksums' place.
private func blocks(of table: [UInt8], _ checksum: CRC32C) -> [(Range<Int>, Int)] {
  var found: [(Range<Int>, Int)] = []
  var start = 0
  for end in 1..<max(table.count - 4, 1) where end > start {
    let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(table[end + $1]) << (8 * UInt32($1)) }
    let value = unsafe table[start..<end].withUnsafeBytes { CRC32C.masked(unsafe checksum($0)) }
    if stored == value {
      found.append((start..<end, end))
      start = end + 4
    }
  }
  return found
}

/// Lets the record in the folder of checkpoints at `place` say what its `weights` are, if they are tensors at all.
func repairRecord(of weights: [UInt8], in place: String) throws {
  let names = try FileManager.default.contentsOfDirectory(atPath: place)
  guard let name = names.first(where: { $0.hasSuffix(".json") }),
    let tensors = try? SafeTensors(data: Data(weights), path: place)
  else { return }
  let path = URL(fileURLWithPath: "\(place)/\(name)")
  let object = try JSONSerialization.jsonObject(with: Data(contentsOf: path))
  guard var record = object as? [String: Any] else { return }
  record["size"] = weights.count
  record["checksum"] = tensors.checksum
  try JSONSerialization.data(withJSONObject: record).write(to: path)
}
