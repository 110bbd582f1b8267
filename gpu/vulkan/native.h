// The part of Vulkan that Fovea calls from C; native.c says why.
//
// Handles are void *: Vulkan declares them as pointers on the 64-bit machines
// that Fovea serves. Functions return a VkResult, 0 for success, unless said
// otherwise.
#ifndef FOVEA_NATIVE_H
#define FOVEA_NATIVE_H

#include <stddef.h>
#include <stdint.h>

enum { FV_MAX_BINDINGS = 16, FV_TEAM = 15, FV_HEAPS = 16, FV_MATRICES = 64 };

// fv_load opens the Vulkan loader and returns its vkGetInstanceProcAddr, NULL
// where there is none.
void *fv_load(void);

// fv_layer is the Vulkan version that instance layer name knows, 0 where it is
// not installed.
uint32_t fv_layer(const char *name);

// fv_has_extension says whether a device offers extension name.
int fv_has_extension(void *physical, const char *name);

// fv_validation_features is what an instance's pNext needs for
// synchronisation validation.
void *fv_validation_features(void);

// What the 1.0 properties do not tell.
typedef struct {
    uint32_t subgroup_size, subgroup_stages, subgroup_operations;
    uint32_t min_subgroup, max_subgroup, required_stages; // 0 without size control
    uint32_t size_control, full_subgroups;                // features
    uint32_t queue_family, timestamp_bits, has_compute;
    uint32_t transfer_family, has_transfer; // of queues that do nothing else
    uint64_t max_allocation, max_buffer; // in bytes; max_buffer 0: not told
    uint8_t device_uuid[16], driver_uuid[16];
    char driver[256], driver_info[256];
    uint32_t budget; // VK_EXT_memory_budget is offered
    uint64_t host_alignment; // of memory of the host to import, in bytes; 0: none can be
    uint32_t imports;        // whether a device is opened that does
    // Cooperative matrices, of halves with sums in floats, by a subgroup; 0
    // where something is missing that kernels with them need.
    uint32_t matrix_count;
    struct {
        uint32_t m, n, k;
    } matrices[FV_MATRICES];
} fv_properties;

// fv_probe fills p for a device of Vulkan 1.1 or later; with matrices its cooperative
// matrices too.
void fv_probe(void *instance, void *physical, uint32_t api_version, int matrices, fv_properties *p);

// fv_budget gives the budget and the usage of the memory heaps in bytes.
void fv_budget(void *physical, uint64_t budget[FV_HEAPS], uint64_t usage[FV_HEAPS]);

int fv_create_device(void *physical, uint32_t api_version, const fv_properties *p, void **device);

// fv_set_layout: one descriptor of the given types a binding.
int fv_set_layout(void *device, uint32_t n, const uint32_t *types, void **layout);
int fv_pipeline_layout(void *device, void *set_layout, uint32_t push_bytes, void **layout);

// fv_trim gives the system back what the driver's compilers have freed: with
// glibc, which keeps it by itself.
void fv_trim(void);

// fv_huge_pages asks the system, where it is Linux, to have memory in huge pages.
void fv_huge_pages(void *memory, size_t bytes);

// fv_pipeline compiles code with specialisation constants 0..n_spec-1, at most
// FV_TEAM of them, and FV_TEAM for the subgroups of a workgroup;
// required_subgroup 0 leaves the subgroup size to the driver. fv_dispatch runs
// workgroups base to base+count-1, from others than 0 on of pipelines that are based.
int fv_pipeline(void *device, void *cache, void *layout, const void *code, size_t code_bytes, const uint32_t *spec,
                uint32_t n_spec, uint32_t team, uint32_t required_subgroup, int full_subgroups, int based, void **pipeline);

// Descriptor types.
enum { FV_UNIFORM_TEXEL_BUFFER = 4, FV_STORAGE_TEXEL_BUFFER = 5, FV_STORAGE_BUFFER = 7, FV_TYPES = 8 };

// fv_descriptor_pool: counts[type] descriptors of each type.
int fv_descriptor_pool(void *device, uint32_t sets, const uint32_t counts[FV_TYPES], void **pool);

// fv_descriptor_set allocates a set and writes its n bindings, of types as in
// fv_set_layout: views[i] is the buffer view of a texel buffer; the other three
// give a storage buffer.
int fv_descriptor_set(void *device, void *pool, void *set_layout, uint32_t n, const uint32_t *types, void *const *views,
                      void *const *buffers, const uint64_t *offsets, const uint64_t *ranges, void **set);

// fv_barrier makes the writes of earlier commands visible to later ones, or to
// the host.
void fv_barrier(void *command, int to_host);
void fv_copy(void *command, void *src, void *dst, uint64_t src_offset, uint64_t dst_offset, uint64_t bytes);
void fv_dispatch(void *command, const uint32_t base[3], const uint32_t count[3]);

// fv_import makes memory of the host memory of the device; fv_imported is what the
// pNext of buffers in it needs. fv_indirect_barrier makes numbers of workgroups
// visible that kernels have written.
int fv_import(void *device, void *host, uint64_t bytes, uint32_t type, void **memory);
void *fv_imported(void);
void fv_indirect_barrier(void *command);

// fv_transfer_barrier orders copies on a queue that may do nothing else.
void fv_transfer_barrier(void *command);

// fv_submit runs a command buffer, after up to FV_WAITS semaphores, and waits for
// it; the fence is unsignalled before and after.
enum { FV_WAITS = 2 };
int fv_submit(void *device, void *queue, void *command, uint32_t n_waits, void *const waits[FV_WAITS], void *fence);

// fv_submit_transfer begins to run copies, after a semaphore or NULL; at their end
// a semaphore and the fence are signalled. fv_wait waits for such a fence and
// resets it.
int fv_submit_transfer(void *queue, void *command, void *wait, void *signal, void *fence);
int fv_wait(void *device, void *fence);

// fv_messenger reports warnings and errors of the validation layer to
// foveaValidationMessage (validation.go) with the given user value.
int fv_messenger(void *instance, uintptr_t user, void **messenger);
void fv_destroy_messenger(void *instance, void *messenger);

#endif
