create or replace package body crm_lists
is
   function to_record_keys(in_list in varchar2) return crm_record_keys_ct deterministic
   is
      t_keys  crm_record_keys_ct := crm_record_keys_ct();
      l_from  pls_integer := 2;
      l_until pls_integer;
   begin
      <<keys>>
      while l_from <= length(in_list) loop
         l_until := instr(in_list, ' ', l_from);
         if l_until = 0 then
            l_until := length(in_list) + 1;
         end if;
         t_keys.extend;
         t_keys(t_keys.count) := substr(in_list, l_from, l_until - l_from);
         l_from               := l_until + 1;
      end loop keys;
      return t_keys;
   end to_record_keys;

   function to_ids(in_list in varchar2) return crm_ids_ct deterministic
   is
      co_keys constant crm_record_keys_ct := to_record_keys(in_list => in_list);
      t_ids   crm_ids_ct := crm_ids_ct();
   begin
      t_ids.extend(co_keys.count);
      <<ids>>
      for i in 1 .. co_keys.count loop
         t_ids(i) := to_number(co_keys(i));
      end loop ids;
      return t_ids;
   end to_ids;
end crm_lists;
/
