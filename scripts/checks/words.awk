# Reads Swift and C sources. Prints names that say nothing, words that leave something undone or may crash, places that exist
# on one machine only, and files that are too long.

function finding(text) { printf "%s:%d: %s\n", FILENAME, FNR, text }

FNR == 1 {
  isSource = FILENAME ~ /^Sources\//
  name = FILENAME
  sub(/.*\//, "", name)
  gsub(/CommonVoice/, "", name)
  if (name ~ /Utils|Helper|Manager|Common|Misc/) finding("the file's name does not say what it holds")
}

{
  text = $0
  gsub(/CommonVoice/, "", text)
}

text ~ /(struct|class|enum|protocol|actor|typealias) +[A-Za-z]*(Utils|Helper|Manager|Common|Misc)/ {
  finding("the type's name does not say what it is")
}
isSource && /(^|[^A-Za-z])(try!|as!|fatalError\()/ { finding("may crash: throw an error, or state a precondition") }
isSource && /as NSString\)/ { finding("ends the program for some paths: use ParlaFiles' String+Path") }
isSource && /TODO|FIXME/ { finding("is unfinished") }
/["' (]\/(home|root|Users|work|opt)\// { finding("a path that exists on one machine only") }
FNR == 401 && FILENAME !~ /\/Generated\// { finding("the file is longer than 400 lines: split it") }
