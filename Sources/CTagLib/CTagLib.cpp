// TagLib's property map behind C functions: what Swift can't call by itself.
#include "CTagLib.h"

#include <taglib/flacfile.h>
#include <taglib/mpegfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>

#include <memory>

namespace {

std::unique_ptr<TagLib::File> open(const char *path, ctaglib_kind kind) {
  std::unique_ptr<TagLib::File> file;
  switch (kind) {
  case CTAGLIB_FLAC: file.reset(new TagLib::FLAC::File(path, false)); break;
  case CTAGLIB_OGG: file.reset(new TagLib::Ogg::Vorbis::File(path, false)); break;
  case CTAGLIB_MPEG: file.reset(new TagLib::MPEG::File(path, false)); break;
  case CTAGLIB_WAV: file.reset(new TagLib::RIFF::WAV::File(path, false)); break;
  }
  if (file && !file->isValid()) file.reset();
  return file;
}

}  // namespace

int ctaglib_write(const char *path, ctaglib_kind kind, const ctaglib_property *properties,
                  size_t count) {
  auto file = open(path, kind);
  if (!file) return 1;
  TagLib::PropertyMap map;
  for (size_t i = 0; i < count; i++)
    map.insert(TagLib::String(properties[i].key, TagLib::String::UTF8),
               TagLib::StringList(TagLib::String(properties[i].value, TagLib::String::UTF8)));
  if (!file->setProperties(map).isEmpty()) return 3;
  // ID3v1 would repeat the tags cut to 30 Latin-1 letters, and RIFF INFO has no UTF-8.
  bool saved;
  if (auto mpeg = dynamic_cast<TagLib::MPEG::File *>(file.get()))
    saved = mpeg->save(TagLib::MPEG::File::ID3v2);
  else if (auto wav = dynamic_cast<TagLib::RIFF::WAV::File *>(file.get()))
    saved = wav->save(TagLib::RIFF::WAV::File::ID3v2);
  else
    saved = file->save();
  return saved ? 0 : 2;
}

int ctaglib_read(const char *path, ctaglib_kind kind, void *context,
                 void (*visit)(void *, const char *, const char *)) {
  auto file = open(path, kind);
  if (!file) return 1;
  for (const auto &property : file->properties())
    for (const auto &value : property.second)
      visit(context, property.first.toCString(true), value.toCString(true));
  return 0;
}
