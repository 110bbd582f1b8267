#version 450
// A device that computes wrong results in large buffers, for a test of what
// finds that out: it moves texels to places or back as move_texels of
// gpu/vulkan does, but of places it knows only the low 24 bits.
layout(local_size_x_id = 0) in;
layout(binding = 0) uniform isamplerBuffer places;
layout(binding = 1) uniform usamplerBuffer src;
layout(binding = 2, rgba32ui) uniform writeonly uimageBuffer dst;
layout(push_constant) uniform Push { uint n, back; };

void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= n) return;
    int place = texelFetch(places, int(i)).x & 0xffffff;
    imageStore(dst, back == 1 ? int(i) : place, texelFetch(src, back == 1 ? place : int(i)));
}
