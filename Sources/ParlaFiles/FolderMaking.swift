import ParlaPlatform

/// Makes the folder at `path`, and those above it, where there is none.
///
/// - Throws: `FileError.unwritable`, which names what stands in the way.
package func makeFolder(_ path: String) throws(FileError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw .unwritable(path: path, reason: obstacle(on: path) ?? systemReason(error))
  }
}

/// What lies where a folder of `path` should be.
///
/// A link to nothing is not followed: the disk to which it leads may only not be there now.
func obstacle(on path: String) -> String? {
  var place = path
  while !place.isEmpty, place != "/" {
    switch FileKind(place) {
    case .folder: return nil
    case nil:
      if let target = FileTarget.linkTarget(place) {
        return "\(place) is a link to \(target), where there is nothing"
      }
    default: return "\(place) is no folder"
    }
    place = place.folderPath
  }
  return nil
}
