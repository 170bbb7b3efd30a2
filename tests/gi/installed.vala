// SPDX-License-Identifier: Apache-2.0
int main () {
    try {
        var config = new Siamban.Config ();
        config.set_from_string ("TRAIN.EPOCH=3");
        assert (config.get_int ("TRAIN.EPOCH") == 3);
        var weights = new Siamban.Weights ();
        assert (weights.get_n_items () == 0);
        Siamban.Device.open ("nowhere:7");
    } catch (Siamban.Error.NO_DEVICE error) {
        print ("Vala\n");
        return 0;
    } catch (Error error) {
        printerr ("%s\n", error.message);
    }
    return 1;
}
