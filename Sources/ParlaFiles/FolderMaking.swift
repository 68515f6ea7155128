import ParlaPlatform

/// Creates the folder at `path`, and those above it, if they do not exist.
///
/// - Throws: `FileError.unwritable`, which names the obstacle.
package func makeFolder(_ path: String) throws(FileError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw .unwritable(path: path, reason: obstacle(on: path) ?? systemReason(error))
  }
}

/// The object at a place where `path` needs a folder.
///
/// A dangling link is not followed: the disk that it points to may just not be mounted.
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
